"""A real SMTP server on loopback whose recipients decide how it behaves; it writes down every
message it accepted.

Run as a program it prints its port and appends the Message-ID and recipient of each accepted
message to a file.
"""

import asyncio
import socket
import sys
from email import message_from_bytes
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

STALL = 30.0


class Handler:
    """`refused@…` is refused, `later@…` put off twice, `before@…` and `after@…` lose the
    connection, `stall@…` gets no answer.
    """

    def __init__(self, record: Path | None = None) -> None:
        self.accepted: list[tuple[str, bytes]] = []
        self.connections = 0
        self.tries: dict[str, int] = {}
        self._record = record

    async def handle_EHLO(
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        kind = address.partition("@")[0]
        self.tries[kind] = self.tries.get(kind, 0) + 1
        if kind == "refused":
            return "550 no such user"
        if kind == "later" and self.tries[kind] <= 2:
            return "451 try again later"
        if kind == "before" and self.tries[kind] <= 1:
            server.transport.abort()
            return "250 lost"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        kind = envelope.rcpt_tos[0].partition("@")[0]
        content: Any = envelope.content
        if kind == "toolarge":
            return "552 too large"
        self.accepted.append((envelope.rcpt_tos[0], content))
        if self._record:
            with self._record.open("a") as record:
                record.write(
                    f"{message_from_bytes(content)['Message-ID']} {envelope.rcpt_tos[0]}\n"
                )
        if kind == "after":
            server.transport.abort()
        if kind == "stall":
            await asyncio.sleep(STALL)
        return "250 accepted"


def started(handler: Handler, **kind: Any) -> Controller:
    """Start a server on a port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port, **kind)
    controller.start()
    return controller


def main() -> None:
    controller = started(Handler(Path(sys.argv[1])))
    print(controller.port, flush=True)
    sys.stdin.read()
    controller.stop()


if __name__ == "__main__":
    main()
