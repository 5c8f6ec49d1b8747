"""Makes a process fail loudly when anything in it reaches for another machine."""

import os
import socket
import sys
from typing import Any

LOOPBACK = ("127.0.0.1", "::1", "localhost", "0.0.0.0")


def outside(family: int, address: Any) -> bool:
    """Whether connecting to an address would leave this machine."""
    return family != socket.AF_UNIX and address[0] not in LOOPBACK


def die_on_any_call_outside() -> None:
    """End the process at the first connection or name look-up that would leave this machine."""
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def die(what: object) -> None:
        print(f"a call would have left the machine: {what}", file=sys.stderr, flush=True)
        os._exit(77)

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if outside(self.family, address):
            die(address)
        connect(self, address)

    def guarded_look_up(host: Any, *rest: Any, **options: Any) -> Any:
        if host not in (*LOOPBACK, None, ""):
            die(host)
        return look_up(host, *rest, **options)

    socket.socket.connect = guarded_connect  # type: ignore[assignment, method-assign]
    socket.getaddrinfo = guarded_look_up


if __name__ == "__main__":
    die_on_any_call_outside()
    from assistant.cli import main

    raise SystemExit(main(sys.argv[1:]))
