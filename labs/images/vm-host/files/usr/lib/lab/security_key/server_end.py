"""What the key and the lab server tell each other over a socket: JSON objects, one per line. See security-key-watch.ts.

Key: {"pluggedIn": "first"|"second"|null, "wantsTouch": true|false} at first and at each change; {"touched": true|false}.
Server: {"touch": true}.
"""
import json
import os
import socket
from collections.abc import Callable
from typing import Any

# One server, and its successor before the first one has disconnected.
MOST_SERVERS = 4
LONGEST_LINE = 1024


class ServerEnd:
    def __init__(self, path: str, state: Callable[[], dict[str, Any]], touch: Callable[[], bool]) -> None:
        self.state = state
        self.touch = touch
        self.servers: dict[socket.socket, bytes] = {}
        try:
            os.unlink(path)
        except FileNotFoundError:
            pass
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(path)
        os.chmod(path, 0o600)
        self.listener.listen(MOST_SERVERS)
        self.told = json.dumps(state())

    def accept(self) -> socket.socket:
        server = self.listener.accept()[0]
        server.setblocking(False)
        if len(self.servers) >= MOST_SERVERS:
            self.drop(next(iter(self.servers)))
        self.servers[server] = b""
        self._send(server, self.state())
        return server

    def receive(self, server: socket.socket) -> None:
        try:
            got = server.recv(LONGEST_LINE)
        except BlockingIOError:
            return
        except OSError:
            got = b""
        if not got or len(self.servers[server]) > LONGEST_LINE:
            return self.drop(server)
        *lines, self.servers[server] = (self.servers[server] + got).split(b"\n")
        for _ in lines:
            # There is only one request.
            self._send(server, {"touched": self.touch()})

    def changed(self) -> None:
        state = self.state()
        if (text := json.dumps(state)) == self.told:
            return
        self.told = text
        for server in list(self.servers):
            self._send(server, state)

    def drop(self, server: socket.socket) -> None:
        self.servers.pop(server, None)
        server.close()

    def _send(self, server: socket.socket, what: dict[str, Any]) -> None:
        try:
            server.send(f"{json.dumps(what)}\n".encode())
        except OSError:
            self.drop(server)
