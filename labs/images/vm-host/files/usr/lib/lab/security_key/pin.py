"""The key's PIN by clientPIN's rules: tries, lockout, and the token given for the right PIN. Knows no CBOR and no cipher.

Every try is stored before it is judged, so that cutting the power in between gains nothing.
"""
import hashlib
import hmac
import os
from typing import Protocol

# The specification's: https://fidoalliance.org/specs/fido-v2.1-ps-20210615/fido-client-to-authenticator-protocol-v2.1-ps-20210615.html#authenticatorClientPIN
MOST_TRIES = 8
TRIES_PER_PLUG_IN = 3
FEWEST_CHARACTERS = 4
PADDED_BYTES = 64
TOKEN_BYTES = 32
HASH_BYTES = 16
MAKE_CREDENTIAL, GET_ASSERTION = 0x01, 0x02
# Statuses as numbers, because this file is tested where python3-fido2 is not installed.
PIN_INVALID, PIN_BLOCKED, PIN_AUTH_INVALID, PIN_AUTH_BLOCKED = 0x31, 0x32, 0x33, 0x34
PIN_NOT_SET, PIN_POLICY_VIOLATION = 0x35, 0x37


class Refused(Exception):
    """`code`: the status that gives the reason."""

    def __init__(self, code: int) -> None:
        super().__init__(f"status {code:#04x}")
        self.code = code


class Memory(Protocol):
    """What outlives pulling the key out: credentials.py. `pin_hash`: hexadecimal; None while there is no PIN."""

    pin_hash: str | None
    tries: int

    def write(self) -> None: ...


class Pin:
    """One object from the moment the key is plugged in until it is pulled out."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.wrong_since_plug_in = 0
        self.token: Token | None = None

    @property
    def is_set(self) -> bool:
        return self.memory.pin_hash is not None

    @property
    def needs_replug(self) -> bool:
        return self.wrong_since_plug_in >= TRIES_PER_PLUG_IN

    def set_first(self, padded: bytes) -> None:
        """@param padded the PIN in UTF-8, padded with zeros. Raises Refused."""
        if self.is_set:
            raise Refused(PIN_AUTH_INVALID)
        self._store(padded)

    def refuse_if_blocked(self) -> None:
        """Called before anything secret is looked at. Raises Refused."""
        if not self.is_set:
            raise Refused(PIN_NOT_SET)
        if self.memory.tries <= 0:
            raise Refused(PIN_BLOCKED)
        if self.needs_replug:
            raise Refused(PIN_AUTH_BLOCKED)

    def judge(self, claimed: bytes) -> None:
        """@param claimed the left half of the PIN's SHA-256. Raises Refused when it is the wrong PIN."""
        self.refuse_if_blocked()
        self.memory.tries -= 1
        self.memory.write()
        if not hmac.compare_digest(bytes.fromhex(self.memory.pin_hash or ""), claimed):
            self.wrong_since_plug_in += 1
            if self.memory.tries <= 0:
                raise Refused(PIN_BLOCKED)
            raise Refused(PIN_AUTH_BLOCKED if self.needs_replug else PIN_INVALID)
        self.memory.tries = MOST_TRIES
        self.memory.write()
        self.wrong_since_plug_in = 0

    def change(self, claimed: bytes, padded: bytes) -> None:
        self.judge(claimed)
        self._store(padded)

    def give_token(self, claimed: bytes, permissions: int, rp: str | None) -> bytes:
        """A new token, which replaces any earlier one. @param permissions bits @param rp the relying party it is for; None:
        the first that asks"""
        self.judge(claimed)
        self.token = Token(permissions, rp)
        return self.token.secret

    def forget(self) -> None:
        """Resets the PIN, together with the key."""
        self.memory.pin_hash = None
        self.memory.tries = MOST_TRIES
        self.wrong_since_plug_in = 0
        self.token = None

    def _store(self, padded: bytes) -> None:
        if len(padded) != PADDED_BYTES or padded[-1] != 0:
            raise Refused(PIN_POLICY_VIOLATION)
        pin = padded.rstrip(b"\0")
        if len(pin.decode(errors="replace")) < FEWEST_CHARACTERS:
            raise Refused(PIN_POLICY_VIOLATION)
        self.memory.pin_hash = hashlib.sha256(pin).digest()[:HASH_BYTES].hex()
        self.memory.tries = MOST_TRIES
        self.memory.write()
        self.token = None


class Token:
    """States that the PIN was typed: valid for one touch and for the permissions it was requested with."""

    def __init__(self, permissions: int, rp: str | None) -> None:
        self.secret = os.urandom(TOKEN_BYTES)
        self.permissions = permissions
        self.rp = rp

    def allows(self, permission: int, rp: str) -> bool:
        if not self.permissions & permission or self.rp not in (None, rp):
            return False
        self.rp = rp
        return True
