"""The touch: whether the key is waiting for one, and until when."""
from collections.abc import Callable

# For as long as a real key blinks.
TOUCH_WITHIN_S = 30.0


class TouchRequest:
    """A touch is wanted from `begin` to `end`."""

    def __init__(self, on_change: Callable[[], None] = lambda: None) -> None:
        self.deadline: float | None = None
        self.on_change = on_change

    @property
    def is_wanted(self) -> bool:
        return self.deadline is not None

    def begin(self, now: float) -> None:
        self.deadline = now + TOUCH_WITHIN_S
        self.on_change()

    def is_over(self, now: float) -> bool:
        return self.deadline is not None and now >= self.deadline

    def end(self) -> None:
        self.deadline = None
        self.on_change()
