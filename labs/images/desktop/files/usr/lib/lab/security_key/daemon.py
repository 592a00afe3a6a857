"""The loop of the plugged-in key: reports and touches in, answers out. Sleeps when nobody asks."""
import os
import selectors
import socket
import time
from typing import Protocol

from .authenticator import Authenticator
from .credentials import Store
from .touch import TouchRequest, answer, listen
from .transport import Transport


class Device(Protocol):
    def fileno(self) -> int: ...
    def receive(self) -> bytes | None: ...
    def send(self, report: bytes) -> None: ...


def serve(device: Device, store: Store, run_dir: str) -> None:
    """Until the device ends (EOFError, OSError)."""
    touches = listen(run_dir)
    transport = Transport(Authenticator(store), TouchRequest(run_dir), device.send)
    with selectors.DefaultSelector() as selector:
        selector.register(device, selectors.EVENT_READ)
        selector.register(touches, selectors.EVENT_READ)
        tell_systemd(b"READY=1")
        due: float | None = None
        while True:
            for key, _ in selector.select(None if due is None else max(0.0, due - time.monotonic())):
                if key.fileobj is touches:
                    answer(touches.accept()[0], transport.touched())
                elif (report := device.receive()) is not None:
                    transport.receive(report, time.monotonic())
            due = transport.tick(time.monotonic())


def tell_systemd(state: bytes) -> None:
    """As sd_notify(3); outside a unit nobody is told."""
    address = os.environ.get("NOTIFY_SOCKET")
    if address is None:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
        client.sendto(state, "\0" + address[1:] if address.startswith("@") else address)
