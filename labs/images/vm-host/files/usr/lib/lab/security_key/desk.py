"""The desk in front of the machine: two keys, one socket, and which key is in it. Outlives the machine's power and saved states."""
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from . import PRODUCT
from .touch import TouchRequest

if TYPE_CHECKING:
    from .transport import Transport

NAMES = {"first": PRODUCT, "second": f"{PRODUCT}, the second"}


class Desk:
    """While no key is plugged in, none of a key's modules is loaded: most machines never get a key."""

    def __init__(self, folder: str, send: Callable[[bytes], None], on_change: Callable[[], None]) -> None:
        """@param folder with the keys' memories. Raises ValueError when one is damaged."""
        self.folder = folder
        self.send = send
        self.on_change = on_change
        self.note = os.path.join(folder, "plugged-in")
        self.plugged_in: str | None = None
        self.touch = TouchRequest(on_change)
        self.transport: Transport | None = None
        if (name := self._noted()) is not None:
            self._begin(name)

    @property
    def name(self) -> str | None:
        """The key's name, as the machine is told it."""
        return None if self.plugged_in is None else NAMES[self.plugged_in]

    def plug_in(self, name: str) -> None:
        self.pull_out()
        self._begin(name)
        with open(self.note, "w", encoding="ascii") as file:
            file.write(name)

    def pull_out(self) -> None:
        try:
            os.unlink(self.note)
        except FileNotFoundError:
            pass
        self.plugged_in = None
        self.transport = None
        self.touch.end()

    def machine_began(self) -> None:
        """The machine's kernel detects the key again, as after a reset: earlier requests are forgotten, wrong PINs are not."""
        if self.transport is not None:
            self.transport.forget()

    def _begin(self, name: str) -> None:
        from .authenticator import Authenticator
        from .credentials import Store
        from .transport import Transport

        store = Store(os.path.join(self.folder, f"{name}.json"))
        self.transport = Transport(Authenticator(store), self.touch, self.send)
        self.plugged_in = name
        self.on_change()

    def _noted(self) -> str | None:
        try:
            with open(self.note, encoding="ascii") as file:
                name = file.read(16)
        except FileNotFoundError:
            return None
        return name if name in NAMES else None
