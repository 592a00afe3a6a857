"""CTAPHID framing: messages in reports of 64 bytes, one message at a time. Knows the meaning of no command except INIT."""
import struct
from dataclasses import dataclass

REPORT_BYTES = 64
BROADCAST = 0xFFFFFFFF

PING, MSG, INIT, CBOR, CANCEL = 0x01, 0x03, 0x06, 0x10, 0x11
KEEPALIVE, ERROR = 0x3B, 0x3F

INVALID_COMMAND, INVALID_LENGTH, INVALID_SEQUENCE, MESSAGE_TIMEOUT, CHANNEL_BUSY, INVALID_CHANNEL = 1, 3, 4, 5, 6, 0x0B

FIRST_BYTES = REPORT_BYTES - 7
NEXT_BYTES = REPORT_BYTES - 5
# The capacity of one first report and 128 further ones: sequence numbers have 7 bits.
LONGEST_MESSAGE = FIRST_BYTES + 128 * NEXT_BYTES
# The specification asks for half a second; an emulated processor may take longer between two reports.
REST_WITHIN_S = 3.0


class FrameError(Exception):
    """A report that breaks the framing: `code` goes back to `channel` in an ERROR message."""

    def __init__(self, channel: int, code: int) -> None:
        super().__init__(f"channel {channel:08x}: error {code:#04x}")
        self.channel = channel
        self.code = code


@dataclass
class Message:
    channel: int
    command: int
    payload: bytes


def reports(message: Message) -> list[bytes]:
    """The message cut into reports, the last one padded with zeros."""
    first = struct.pack(">IBH", message.channel, message.command | 0x80, len(message.payload))
    cut = [first + message.payload[:FIRST_BYTES]]
    for sequence, at in enumerate(range(FIRST_BYTES, len(message.payload), NEXT_BYTES)):
        cut.append(struct.pack(">IB", message.channel, sequence) + message.payload[at : at + NEXT_BYTES])
    return [report.ljust(REPORT_BYTES, b"\0") for report in cut]


class Assembler:
    """Puts messages together from reports."""

    def __init__(self) -> None:
        self.unfinished: Message | None = None
        self.length = 0
        self.sequence = 0
        self.deadline: float | None = None

    def add(self, report: bytes, now: float) -> Message | None:
        """@return the message that the report completes; None while more reports are to come. Raises FrameError."""
        report = report.ljust(REPORT_BYTES, b"\0")
        channel, command = struct.unpack_from(">IB", report)
        if command & 0x80:
            return self._first(channel, command & 0x7F, report, now)
        return self._next(channel, command, report)

    def expire(self, now: float) -> None:
        """Gives up a message whose rest has not arrived in time, and then raises FrameError."""
        if self.unfinished is not None and self.deadline is not None and now >= self.deadline:
            raise self._given_up(self.unfinished.channel, MESSAGE_TIMEOUT)

    def _first(self, channel: int, command: int, report: bytes, now: float) -> Message | None:
        if channel == 0 or (channel == BROADCAST and command != INIT):
            raise FrameError(channel, INVALID_CHANNEL)
        if self.unfinished is not None and command != INIT:
            if channel != self.unfinished.channel:
                raise FrameError(channel, CHANNEL_BUSY)
            raise self._given_up(channel, INVALID_SEQUENCE)
        (length,) = struct.unpack_from(">H", report, 5)
        if length > LONGEST_MESSAGE:
            raise FrameError(channel, INVALID_LENGTH)
        message = Message(channel, command, report[7 : 7 + length])
        if len(message.payload) == length:
            # An INIT on another channel leaves the first channel's message as it is.
            if self.unfinished is not None and self.unfinished.channel == channel:
                self.unfinished = None
            return message
        self.unfinished, self.length, self.sequence = message, length, 0
        self.deadline = now + REST_WITHIN_S
        return None

    def _next(self, channel: int, sequence: int, report: bytes) -> Message | None:
        message = self.unfinished
        if message is None or channel != message.channel:
            return None  # A stray report, which the specification says to ignore.
        if sequence != self.sequence:
            raise self._given_up(channel, INVALID_SEQUENCE)
        self.sequence += 1
        message.payload += report[5 : 5 + self.length - len(message.payload)]
        if len(message.payload) < self.length:
            return None
        self.unfinished = None
        return message

    def _given_up(self, channel: int, code: int) -> FrameError:
        self.unfinished = None
        return FrameError(channel, code)
