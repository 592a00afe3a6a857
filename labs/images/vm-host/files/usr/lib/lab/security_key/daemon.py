"""The key's main loop: takes reports, touches and the reader's plugging in, gives answers. Sleeps when nothing is asked."""
import selectors
import time
from dataclasses import dataclass

from .cable import Cable, Hand, connect
from .desk import NAMES, Desk
from .server_end import ServerEnd


@dataclass
class Places:
    """Paths: two of QEMU's sockets, the socket for the server, the folder with the keys' memories."""

    cable: str
    hand: str
    server: str
    memory: str


class Daemon:
    def __init__(self, places: Places) -> None:
        self.cable = Cable(connect(places.cable))
        self.hand = Hand(connect(places.hand))
        self.desk = Desk(places.memory, self.cable.report, self._changed)
        self.server = ServerEnd(places.server, self._state, self._touched)

    def serve(self) -> None:
        """Runs until QEMU ends (EOFError, OSError)."""
        due: float | None = None
        while True:
            for ready in self._ready(due):
                if ready is self.cable:
                    self._from_cable()
                elif ready is self.hand:
                    for line in self.hand.receive():
                        self.hand.answer(self._do(line))
                elif ready is self.server.listener:
                    self.server.accept()
                elif ready in self.server.servers:
                    self.server.receive(ready)
            self.cable.flush()
            transport = self.desk.transport
            due = None if transport is None else transport.tick(time.monotonic())
            self._changed()

    def _ready(self, due: float | None) -> list:
        with selectors.DefaultSelector() as selector:
            writes = selectors.EVENT_WRITE if self.cable.unsent else 0
            selector.register(self.cable, selectors.EVENT_READ | writes)
            for each in (self.hand, self.server.listener, *self.server.servers):
                selector.register(each, selectors.EVENT_READ)
            wait = None if due is None else max(0.0, due - time.monotonic())
            return [key.fileobj for key, _ in selector.select(wait)]

    def _from_cable(self) -> None:
        for kind, data in self.cable.receive():
            if kind == b"H":
                self.desk.machine_began()
                self.cable.say(self.desk.name)
            elif self.desk.transport is not None:
                self.desk.transport.receive(data, time.monotonic())

    def _do(self, line: str) -> str:
        """@return the answer to the machine"""
        match line.split():
            case ["plug-in", name] if name in NAMES:
                try:
                    self.desk.plug_in(name)
                except (OSError, ValueError) as error:
                    self.desk.pull_out()
                    self.cable.say(None)
                    return str(error)
            case ["pull-out"]:
                self.desk.pull_out()
            case _:
                return f"found {line!r}, expected plug-in first, plug-in second or pull-out"
        self.cable.say(self.desk.name)
        return "done"

    def _state(self) -> dict[str, object]:
        return {"pluggedIn": self.desk.plugged_in, "wantsTouch": self.desk.touch.is_wanted}

    def _touched(self) -> bool:
        return self.desk.transport is not None and self.desk.transport.touched()

    def _changed(self) -> None:
        # The desk reports its first state before there is a server end to tell.
        if hasattr(self, "server"):
            self.server.changed()
