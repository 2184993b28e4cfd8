"""scripts/nightly.sh: dated logs, the exit code handed on, the alive URL called at start and
end.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from evalbatch.nightly.schedule import entries

SCRIPT = Path(__file__).parents[2] / "scripts" / "nightly.sh"
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a shell script")


@pytest.fixture
def alive() -> Iterator[tuple[str, list[str]]]:
    called: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            called.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/ping", called
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_script_for_windows_is_ascii_which_every_powershell_reads_alike() -> None:
    assert SCRIPT.with_suffix(".ps1").read_bytes().isascii()


def test_a_percent_sign_in_a_path_does_not_end_a_schedulers_line() -> None:
    printed = entries(Path("/srv/100% 评价"), "02:00", Path("/opt/50%/python"))
    assert r"cd '/srv/100\% 评价' && mkdir -p logs && /opt/50\%/python -m evalbatch run" in printed
    assert 'WorkingDirectory=/srv/100%% 评价\nExecStart="/opt/50%%/python"' in printed


def test_it_logs_calls_the_alive_url_and_hands_the_exit_code_on(
    tmp_path: Path, alive: tuple[str, list[str]]
) -> None:
    url, called = alive
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\necho "$PWD: $@"\nexit 3\n')
    python.chmod(0o755)
    folder = tmp_path / "周期 一"
    folder.mkdir()
    environment = {
        **os.environ,
        "EVALBATCH_PYTHON": str(python),
        "EVALBATCH_ALIVE_URL": url,
        "no_proxy": "127.0.0.1",
    }
    done = subprocess.run(
        [str(SCRIPT), str(folder), "--send", "--strict"], env=environment, check=False
    )
    (log,) = (folder / "logs").iterdir()
    assert done.returncode == 3
    assert called == ["/ping/start", "/ping/3"]
    assert f"{folder}: -m evalbatch run --send --strict\n" in log.read_text(encoding="utf-8")
    assert "exit code 3" in log.read_text(encoding="utf-8")
