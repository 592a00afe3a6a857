"""What the key answers to CTAPHID messages: channels, PING, CBOR, CANCEL, and KEEPALIVE while a touch is awaited."""
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from . import frames
from .frames import Assembler, FrameError, Message
from .touch import TouchRequest

# Capabilities in INIT: CBOR, and no U2F messages.
CBOR_ONLY = 0x04 | 0x08
PROTOCOL_VERSION = 2
# More than there are programs using a key at the same time; the oldest channel is forgotten.
CHANNELS = 64
# The specification's interval; programs give up on a key that is silent.
KEEPALIVE_EVERY_S = 0.1
TOUCH_WANTED = 2
# The answer of a key that was not touched; of the two possible codes, this is the one for which systemd tells the reader so.
ACTION_TIMEOUT = 0x3A
KEEPALIVE_CANCEL = 0x2D
CHANNEL_ERROR = 0x7F


@dataclass
class Touch:
    """An answer that is waiting for a touch."""

    then: Callable[[], bytes]


class Commands(Protocol):
    """The key itself: authenticator.py."""

    def answer(self, request: bytes) -> bytes | Touch: ...


class Transport:
    """`send` takes one report. All times are seconds of a monotonic clock, handed in."""

    def __init__(self, commands: Commands, touch: TouchRequest, send: Callable[[bytes], None]) -> None:
        self.commands = commands
        self.touch = touch
        self.send = send
        self.assembler = Assembler()
        self.channels: list[int] = []
        self.waiting: tuple[int, Touch] | None = None
        self.next_keepalive = 0.0

    def receive(self, report: bytes, now: float) -> None:
        try:
            message = self.assembler.add(report, now)
            if message is not None:
                self._handle(message, now)
        except FrameError as error:
            self._error(error)

    def tick(self, now: float) -> float | None:
        """Does what is due. @return the latest time for the next call; None: only after a report"""
        try:
            self.assembler.expire(now)
        except FrameError as error:
            self._error(error)
        if self.waiting is None:
            return self.assembler.deadline if self.assembler.unfinished is not None else None
        if self.touch.is_over(now):
            self._finish(bytes([ACTION_TIMEOUT]))
            return None
        if now >= self.next_keepalive:
            self._reply(Message(self.waiting[0], frames.KEEPALIVE, bytes([TOUCH_WANTED])))
            self.next_keepalive = now + KEEPALIVE_EVERY_S
        return self.next_keepalive

    def forget(self) -> None:
        """The program that asked is gone, and its channels with it."""
        self.assembler = Assembler()
        self.channels = []
        self.waiting = None
        self.touch.end()

    def touched(self) -> bool:
        """@return whether a touch was wanted"""
        if self.waiting is None:
            return False
        self._finish(self.waiting[1].then())
        return True

    def _handle(self, message: Message, now: float) -> None:
        if message.command == frames.INIT:
            return self._init(message)
        if message.channel not in self.channels:
            raise FrameError(message.channel, frames.INVALID_CHANNEL)
        if message.command == frames.CANCEL:
            # Needs no answer of its own: the cancelled request gets one.
            if self.waiting is not None and self.waiting[0] == message.channel:
                self._finish(bytes([KEEPALIVE_CANCEL]))
            return
        if self.waiting is not None:
            raise FrameError(message.channel, frames.CHANNEL_BUSY)
        if message.command == frames.PING:
            return self._reply(message)
        if message.command != frames.CBOR:
            raise FrameError(message.channel, frames.INVALID_COMMAND)
        if not message.payload:
            raise FrameError(message.channel, frames.INVALID_LENGTH)
        answer = self.commands.answer(message.payload)
        if isinstance(answer, bytes):
            return self._reply(Message(message.channel, frames.CBOR, answer))
        self.waiting = (message.channel, answer)
        self.next_keepalive = now
        self.touch.begin(now)

    def _init(self, message: Message) -> None:
        if len(message.payload) != 8:
            raise FrameError(message.channel, frames.INVALID_LENGTH)
        channel = message.channel
        if channel == frames.BROADCAST:
            channel = struct.unpack(">I", os.urandom(4))[0] or 1
            self.channels = [*self.channels, channel][-CHANNELS:]
        elif channel not in self.channels:
            raise FrameError(channel, frames.INVALID_CHANNEL)
        elif self.waiting is not None and self.waiting[0] == channel:
            # INIT on an existing channel resets it: earlier requests are forgotten.
            self.waiting = None
            self.touch.end()
        said = struct.pack(">8sIBBBBB", message.payload, channel, PROTOCOL_VERSION, 0, 1, 0, CBOR_ONLY)
        self._reply(Message(message.channel, frames.INIT, said))

    def _finish(self, answer: bytes) -> None:
        if self.waiting is None:
            return
        channel = self.waiting[0]
        self.waiting = None
        self.touch.end()
        self._reply(Message(channel, frames.CBOR, answer))

    def _error(self, error: FrameError) -> None:
        self._reply(Message(error.channel, frames.ERROR, bytes([error.code])))

    def _reply(self, message: Message) -> None:
        for report in frames.reports(message):
            self.send(report)
