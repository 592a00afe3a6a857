"""CTAP2 commands of the key: getInfo, makeCredential, getAssertion, reset; clientPIN is in client_pin.py. No resident credentials."""
import hashlib
import struct
import time
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256
from fido2.ctap import CtapError

from . import pin
from .client_pin import ClientPin
from .credentials import Credential, Store
from .hmac_secret import KeyAgreement
from .messages import ERR, guarded, ids, parameters, refuse_options, sign, success
from .pin import Pin
from .transport import Touch

# Identifies the model as a stand-in: 16 characters.
AAGUID = b"EU OS Labs stand"
MAKE_CREDENTIAL, GET_ASSERTION, GET_INFO, CLIENT_PIN, RESET = 1, 2, 4, 6, 7
USER_PRESENT, USER_VERIFIED, HAS_CREDENTIAL, HAS_EXTENSIONS = 0x01, 0x04, 0x40, 0x80
# A reset is allowed only this soon after plugging in, so that no program resets a key unnoticed. Real keys allow 10 s; on an
# emulated processor, programs start slowly.
RESET_WITHIN_S = 60.0


class Authenticator:
    """Answers requests; what needs a touch is handed back as a Touch, whose `then` is the rest of the work."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.plugged_in_at = time.monotonic()
        self.agreement = KeyAgreement()
        self.pin = Pin(store)
        self.pins = ClientPin(self.pin, self.agreement)
        self.handlers: dict[int, Callable[[Mapping[int, Any]], bytes | Touch]] = {
            MAKE_CREDENTIAL: self.make_credential,
            GET_ASSERTION: self.get_assertion,
            GET_INFO: self.get_info,
            CLIENT_PIN: lambda asked: success(self.pins.answer(asked)),
            RESET: self.reset,
        }

    def answer(self, request: bytes) -> bytes | Touch:
        """@param request a command's byte and its parameters. Never raises: errors become a status."""
        handler = self.handlers.get(request[0])
        if handler is None:
            return bytes([ERR.INVALID_COMMAND])
        answer = guarded(lambda: handler(parameters(request[1:])))
        if isinstance(answer, bytes):
            return answer
        return Touch(lambda: guarded(answer.then))

    def get_info(self, _: Mapping[int, Any]) -> bytes:
        return success(
            {
                1: ["FIDO_2_0"],
                2: ["hmac-secret"],
                3: AAGUID,
                4: {"rk": False, "up": True, "plat": False, "clientPin": self.pin.is_set, "pinUvAuthToken": True},
                5: 1200,
                6: self.agreement.versions(),
                13: pin.FEWEST_CHARACTERS,
            }
        )

    def reset(self, _: Mapping[int, Any]) -> Touch:
        if time.monotonic() - self.plugged_in_at > RESET_WITHIN_S:
            raise CtapError(ERR.NOT_ALLOWED)

        def touched() -> bytes:
            self.store.forget()
            self.pin.forget()
            self.store.write()
            self.agreement.renew()
            return success(None)

        return Touch(touched)

    def make_credential(self, asked: Mapping[int, Any]) -> Touch:
        client_data_hash, rp, _user, algorithms = (asked[key] for key in (1, 2, 3, 4))
        if not any(each["alg"] == ES256.ALGORITHM and each["type"] == "public-key" for each in algorithms):
            raise CtapError(ERR.UNSUPPORTED_ALGORITHM)
        refuse_options(asked.get(7, {}), allowed={"rk": False, "up": True})
        with_secret = asked.get(6, {}).get("hmac-secret") is True
        if asked.get(8) == b"":
            return Touch(self.tell_pin)
        # A key that has a PIN makes no credential without it.
        if self.pin.is_set and 8 not in asked:
            raise CtapError(ERR.PUAT_REQUIRED)
        verified = self.verified(asked, 8, 9, client_data_hash, pin.MAKE_CREDENTIAL, rp["id"])

        def touched() -> bytes:
            self.pin.token = None
            if self.store.find(rp["id"], ids(asked.get(5, []))) is not None:
                raise CtapError(ERR.CREDENTIAL_EXCLUDED)
            if self.store.is_full():
                raise CtapError(ERR.KEY_STORE_FULL)
            private_key = ec.generate_private_key(ec.SECP256R1())
            number = private_key.private_numbers().private_value
            credential = self.store.make(rp["id"], number.to_bytes(32), with_secret)
            public = cbor.encode(ES256.from_cryptography_key(private_key.public_key()))
            identity = bytes.fromhex(credential.id)
            attested = AAGUID + struct.pack(">H", len(identity)) + identity + public
            data = self._data(
                rp["id"],
                USER_PRESENT | HAS_CREDENTIAL | verified,
                attested,
                {"hmac-secret": True} if with_secret else {},
            )
            signature = sign(private_key, data + client_data_hash)
            # Signed by the credential itself: no maker vouches for this key.
            return success({1: "packed", 2: data, 3: {"alg": ES256.ALGORITHM, "sig": signature}})

        return Touch(touched)

    def get_assertion(self, asked: Mapping[int, Any]) -> bytes | Touch:
        rp, client_data_hash = asked[1], asked[2]
        options = asked.get(5, {})
        refuse_options(options, allowed={"up": None})
        is_touch_wanted = options.get("up", True)
        salts = asked.get(4, {}).get("hmac-secret")
        if salts is not None and not is_touch_wanted:
            # A rule of hmac-secret: its secrets are only for users who are present.
            raise CtapError(ERR.UNSUPPORTED_OPTION)
        credential = self.store.find(rp, ids(asked.get(3, [])))
        if asked.get(6) == b"":
            return Touch(self.tell_pin)
        verified = self.verified(asked, 6, 7, client_data_hash, pin.GET_ASSERTION, rp)
        if not is_touch_wanted:
            return self._assert(credential, rp, client_data_hash, verified, None)

        def touched() -> bytes:
            # The key reveals only after the touch whether it knows the credential.
            self.pin.token = None
            return self._assert(credential, rp, client_data_hash, USER_PRESENT | verified, salts)

        return Touch(touched)

    def verified(
        self, asked: Mapping[int, Any], at: int, protocol_at: int, message: bytes, permission: int, rp: str
    ) -> int:
        """@param at the parameter that holds the proof that the PIN was typed. @return the flag for that, 0 when there is no proof"""
        if at not in asked:
            return 0
        if not self.pin.is_set:
            raise CtapError(ERR.PIN_NOT_SET)
        self.pins.verify_proof(asked[protocol_at], message, asked[at], permission, rp)
        return USER_VERIFIED

    def tell_pin(self) -> bytes:
        """An empty proof asks, with a touch, whether there is a PIN: this is how programs let users choose among several keys."""
        return bytes([ERR.PIN_INVALID if self.pin.is_set else ERR.PIN_NOT_SET])

    def _assert(
        self,
        credential: Credential | None,
        rp: str,
        client_data_hash: bytes,
        flags: int,
        salts: Mapping[int, Any] | None,
    ) -> bytes:
        if credential is None:
            raise CtapError(ERR.NO_CREDENTIALS)
        extensions = {}
        # Two secrets, as the specification requires: what was locked with the PIN does not open without it.
        secret = credential.secret_with_pin if flags & USER_VERIFIED else credential.secret
        if salts is not None and secret is not None:
            extensions["hmac-secret"] = self.agreement.secrets(bytes.fromhex(secret), salts)
        data = self._data(rp, flags, b"", extensions)
        private_key = ec.derive_private_key(int(credential.private_key, 16), ec.SECP256R1())
        named = {"id": bytes.fromhex(credential.id), "type": "public-key"}
        return success({1: named, 2: data, 3: sign(private_key, data + client_data_hash)})

    def _data(self, rp: str, flags: int, attested: bytes, extensions: Mapping[str, Any]) -> bytes:
        if extensions:
            flags |= HAS_EXTENSIONS
        start = hashlib.sha256(rp.encode()).digest() + struct.pack(">BI", flags, self.store.count())
        return start + attested + (cbor.encode(extensions) if extensions else b"")
