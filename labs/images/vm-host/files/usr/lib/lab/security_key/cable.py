"""The key's end of the cable into the machine: records over QEMU's socket. The other end is security-key-cable in the guest.

A record is one byte for its kind and 64 more. Guest: H and a nonce (who is plugged in?), R and a report. Key: W (say H), P,
the nonce and a name (plugged in), A and the nonce (nothing is), R and a report.
"""
import socket
import time

# QEMU creates its sockets within about 0.1 s; a host that is starting thirty machines needs longer.
QEMU_WITHIN_S = 60.0
LOOK_EVERY_S = 0.05
REPORT_BYTES = 64
RECORD_BYTES = 1 + REPORT_BYTES
NONCE_BYTES = 8
# For a guest that reads nothing: more than all answers to one request.
MOST_UNSENT_BYTES = 64 * 1024


class Cable:
    """Raises OSError, EOFError when QEMU has gone."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.socket.setblocking(False)
        self.nonce: bytes | None = None
        self.unread = b""
        self.unsent = b""
        self._send(b"W", b"")

    def fileno(self) -> int:
        return self.socket.fileno()

    def receive(self) -> list[tuple[bytes, bytes]]:
        """@return the records that have arrived: kind and 64 bytes each"""
        self.unread += _read(self.socket)
        records = []
        while len(self.unread) >= RECORD_BYTES:
            kind, data = self.unread[:1], self.unread[1:RECORD_BYTES]
            if kind not in (b"H", b"R"):
                # Some other program has written to the port: skip to the next record.
                self.unread = self.unread[1:]
                continue
            self.unread = self.unread[RECORD_BYTES:]
            if kind == b"H":
                self.nonce = data[:NONCE_BYTES]
            records.append((kind, data))
        return records

    def say(self, name: str | None) -> None:
        """@param name of the key that is plugged in; None: none is. A guest that has not sent H yet will ask."""
        if self.nonce is None:
            return
        if name is None:
            self._send(b"A", self.nonce)
        else:
            self._send(b"P", self.nonce + name.encode()[: REPORT_BYTES - NONCE_BYTES - 1])

    def report(self, report: bytes) -> None:
        self._send(b"R", report)

    def flush(self) -> None:
        try:
            self.unsent = self.unsent[self.socket.send(self.unsent) :]
        except BlockingIOError:
            pass

    def _send(self, kind: bytes, data: bytes) -> None:
        if len(self.unsent) + RECORD_BYTES > MOST_UNSENT_BYTES:
            # A guest that is off or hangs; it asks again when it is back.
            self.unsent = self.unsent[: len(self.unsent) % RECORD_BYTES]
        self.unsent += (kind + data).ljust(RECORD_BYTES, b"\0")
        self.flush()


class Hand:
    """The reader's commands, which arrive from the machine: `plug-in first`, `plug-in second` or `pull-out`, one per line."""

    LONGEST_LINE = 80

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.socket.setblocking(False)
        self.unread = b""

    def fileno(self) -> int:
        return self.socket.fileno()

    def receive(self) -> list[str]:
        *lines, rest = (self.unread + _read(self.socket)).split(b"\n")
        self.unread = rest[-self.LONGEST_LINE :]
        return [line[-self.LONGEST_LINE :].decode(errors="replace").strip() for line in lines]

    def answer(self, text: str) -> None:
        try:
            self.socket.send(f"{text}\n".encode())
        except BlockingIOError:
            pass  # The program that asked no longer reads: it has given up.


def connect(path: str) -> socket.socket:
    """Connects to a QEMU that may still be starting. Raises OSError when it does not start in time."""
    give_up_at = time.monotonic() + QEMU_WITHIN_S
    while True:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(path)
            return connection
        except (FileNotFoundError, ConnectionRefusedError):
            connection.close()
            if time.monotonic() > give_up_at:
                raise
            time.sleep(LOOK_EVERY_S)


def _read(connection: socket.socket) -> bytes:
    try:
        got = connection.recv(64 * RECORD_BYTES)
    except BlockingIOError:
        return b""
    if not got:
        raise EOFError("QEMU has closed the port")
    return got
