#!/usr/bin/env bash
# The nightly run of one cycle folder: keeps dated logs and calls an alive URL where one is set.
#
#   nightly.sh [CYCLE FOLDER] [options of `evalbatch run`]
#
# EVALBATCH_PYTHON     the interpreter that has evalbatch (default: .venv of this checkout, else python3)
# EVALBATCH_ALIVE_URL  called with /start before the run and with /<exit code> after it
# EVALBATCH_LOG_DAYS   how many days logs are kept (default 90)
set -u

folder=${1:-$PWD}
[ $# -gt 0 ] && shift
cd -- "$folder" || exit 2

own=$(dirname -- "${BASH_SOURCE[0]}")/../../.venv/bin/python
[ -x "$own" ] || own=python3
python=${EVALBATCH_PYTHON:-$own}

mkdir -p logs || exit 2
log=logs/$(date +%Y-%m-%d).log

alive() {
  [ -n "${EVALBATCH_ALIVE_URL:-}" ] || return 0
  if command -v curl >/dev/null; then
    curl -fsS -m 10 -o /dev/null "$EVALBATCH_ALIVE_URL/$1" || echo "alive URL did not answer"
  else
    wget -q -T 10 -O /dev/null "$EVALBATCH_ALIVE_URL/$1" || echo "alive URL did not answer"
  fi
}

trap : HUP INT TERM  # the run answers them itself; its exit code is still logged and told

{
  echo "==== $(date '+%Y-%m-%d %H:%M:%S')"
  alive start
  "$python" -m evalbatch run "$@"
  code=$?
  echo "==== $(date '+%Y-%m-%d %H:%M:%S') exit code $code"
  alive "$code"
} >>"$log" 2>&1

find logs -name '*.log' -mtime "+${EVALBATCH_LOG_DAYS:-90}" -delete
exit "$code"
