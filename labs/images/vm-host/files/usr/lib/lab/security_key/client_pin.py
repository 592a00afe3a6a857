"""The command clientPIN: its subcommands, decrypted and handed to pin.py; and proofs that a PIN was typed."""
from collections.abc import Callable, Mapping
from typing import Any

from fido2.ctap import CtapError

from .hmac_secret import KeyAgreement, verify
from .pin import GET_ASSERTION, MAKE_CREDENTIAL, Pin, Refused

GET_RETRIES, GET_KEY_AGREEMENT, SET_PIN, CHANGE_PIN, GET_TOKEN, GET_TOKEN_WITH_PERMISSIONS = 1, 2, 3, 4, 5, 9
PROTOCOL, SUBCOMMAND, THEIR_KEY, PROOF, NEW_PIN, PIN_HASH, PERMISSIONS, RP = 1, 2, 3, 4, 5, 6, 9, 10
ERR = CtapError.ERR


class ClientPin:
    def __init__(self, pin: Pin, agreement: KeyAgreement) -> None:
        self.pin = pin
        self.agreement = agreement
        self.handlers: dict[int, Callable[[Mapping[int, Any]], Mapping[int, Any] | None]] = {
            GET_RETRIES: lambda _: {3: pin.memory.tries, 4: pin.needs_replug},
            GET_KEY_AGREEMENT: self.get_key_agreement,
            SET_PIN: self.set_pin,
            CHANGE_PIN: self.change_pin,
            GET_TOKEN: self.get_token,
            GET_TOKEN_WITH_PERMISSIONS: self.get_token_with_permissions,
        }

    def answer(self, asked: Mapping[int, Any]) -> Mapping[int, Any] | None:
        """@return the answer's content; None: success without content. Raises CtapError; KeyError when a parameter is missing."""
        handler = self.handlers.get(asked[SUBCOMMAND])
        if handler is None:
            raise CtapError(ERR.INVALID_SUBCOMMAND)
        try:
            return handler(asked)
        except Refused as refused:
            raise CtapError(refused.code) from refused

    def get_key_agreement(self, asked: Mapping[int, Any]) -> Mapping[int, Any]:
        self.agreement.protocol(asked[PROTOCOL])
        return {1: self.agreement.public_key()}

    def set_pin(self, asked: Mapping[int, Any]) -> None:
        protocol = self.agreement.protocol(asked[PROTOCOL])
        shared = self.agreement.shared(protocol, asked[THEIR_KEY])
        verify(protocol, shared, asked[NEW_PIN], asked[PROOF])
        self.pin.set_first(protocol.decrypt(shared, asked[NEW_PIN]))

    def change_pin(self, asked: Mapping[int, Any]) -> None:
        self.pin.refuse_if_blocked()
        protocol = self.agreement.protocol(asked[PROTOCOL])
        shared = self.agreement.shared(protocol, asked[THEIR_KEY])
        verify(protocol, shared, asked[NEW_PIN] + asked[PIN_HASH], asked[PROOF])
        claimed, new = protocol.decrypt(shared, asked[PIN_HASH]), protocol.decrypt(shared, asked[NEW_PIN])
        self._tried(lambda: self.pin.change(claimed, new))

    def get_token(self, asked: Mapping[int, Any]) -> Mapping[int, Any]:
        if PERMISSIONS in asked or RP in asked:
            raise CtapError(ERR.INVALID_PARAMETER)
        return self._give_token(asked, MAKE_CREDENTIAL | GET_ASSERTION, None)

    def get_token_with_permissions(self, asked: Mapping[int, Any]) -> Mapping[int, Any]:
        permissions = asked[PERMISSIONS]
        if permissions == 0:
            raise CtapError(ERR.INVALID_PARAMETER)
        if permissions & ~(MAKE_CREDENTIAL | GET_ASSERTION):
            raise CtapError(ERR.UNAUTHORIZED_PERMISSION)
        return self._give_token(asked, permissions, asked[RP])

    def verify_proof(self, protocol_number: int, message: bytes, proof: bytes, permission: int, rp: str) -> None:
        """Checks that the user typed the PIN for this request. Raises CtapError."""
        protocol = self.agreement.protocol(protocol_number)
        token = self.pin.token
        if token is None:
            raise CtapError(ERR.PIN_AUTH_INVALID)
        verify(protocol, token.secret, message, proof)
        if not token.allows(permission, rp):
            raise CtapError(ERR.PIN_AUTH_INVALID)

    def _give_token(self, asked: Mapping[int, Any], permissions: int, rp: str | None) -> Mapping[int, Any]:
        self.pin.refuse_if_blocked()
        protocol = self.agreement.protocol(asked[PROTOCOL])
        shared = self.agreement.shared(protocol, asked[THEIR_KEY])
        claimed = protocol.decrypt(shared, asked[PIN_HASH])
        token = self._tried(lambda: self.pin.give_token(claimed, permissions, rp))
        return {2: protocol.encrypt(shared, token)}

    def _tried[Result](self, judged: Callable[[], Result]) -> Result:
        try:
            return judged()
        except Refused:
            self.agreement.renew()
            raise
