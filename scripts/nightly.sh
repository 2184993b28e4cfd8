#!/usr/bin/env bash
# The nightly run of one cycle folder; it comes with the package.
exec "$(dirname -- "${BASH_SOURCE[0]}")/../evalbatch/nightly/nightly.sh" "$@"
