"""The touch: a file that exists while one is wanted, a socket whose connection is one. Only root reaches the socket."""
import os
import socket

# As long as a key blinks.
TOUCH_WITHIN_S = 30.0
RUN_DIR = "/run/lab/security-key"
# The key answers at once; more means that it hangs.
ANSWER_WITHIN_S = 10.0


class TouchRequest:
    """Wanted from `begin` to `end`; `directory` must exist."""

    def __init__(self, directory: str) -> None:
        self.sign = os.path.join(directory, "wants-touch")
        self.deadline: float | None = None
        self.end()

    def begin(self, now: float) -> None:
        self.deadline = now + TOUCH_WITHIN_S
        with open(self.sign, "w", encoding="ascii"):
            pass

    def is_over(self, now: float) -> bool:
        return self.deadline is not None and now >= self.deadline

    def end(self) -> None:
        self.deadline = None
        try:
            os.unlink(self.sign)
        except FileNotFoundError:
            pass


def listen(directory: str) -> socket.socket:
    path = socket_path(directory)
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(path)
    os.chmod(path, 0o600)
    server.listen(4)
    return server


def answer(connection: socket.socket, was_wanted: bool) -> None:
    """Tells `touch` what became of it. A caller that is gone is no matter."""
    with connection:
        try:
            connection.sendall(b"touched\n" if was_wanted else b"not wanted\n")
        except OSError:
            pass


def touch(directory: str) -> bool:
    """@return whether the key wanted a touch. Raises OSError when no key is plugged in."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(ANSWER_WITHIN_S)
        client.connect(socket_path(directory))
        return client.recv(64) == b"touched\n"


def socket_path(directory: str) -> str:
    return os.path.join(directory, "touch.sock")
