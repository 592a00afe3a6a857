"""CTAP2 commands of the key: getInfo, makeCredential, getAssertion, clientPIN's key agreement. No PIN, nothing resident."""
import hashlib
import struct
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256
from fido2.ctap import CtapError

from .credentials import Credential, Store
from .hmac_secret import KeyAgreement
from .transport import Touch

# Says what it is to whoever asks for the model: 16 characters.
AAGUID = b"EU OS Labs stand"
MAKE_CREDENTIAL, GET_ASSERTION, GET_INFO, CLIENT_PIN = 1, 2, 4, 6
GET_PIN_RETRIES, GET_KEY_AGREEMENT = 1, 2
USER_PRESENT, HAS_CREDENTIAL, HAS_EXTENSIONS = 0x01, 0x40, 0x80
ERR = CtapError.ERR


class Authenticator:
    """Answers requests; what needs a touch is handed back as a Touch, whose `then` is the rest of the work."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.agreement = KeyAgreement()
        self.handlers: dict[int, Callable[[Mapping[int, Any]], bytes | Touch]] = {
            MAKE_CREDENTIAL: self.make_credential,
            GET_ASSERTION: self.get_assertion,
            GET_INFO: self.get_info,
            CLIENT_PIN: self.client_pin,
        }

    def answer(self, request: bytes) -> bytes | Touch:
        """@param request a command's byte and its parameters. Never raises: what is wrong becomes a status."""
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
                4: {"rk": False, "up": True, "plat": False},
                5: 1200,
                6: self.agreement.versions(),
            }
        )

    def client_pin(self, asked: Mapping[int, Any]) -> bytes:
        if asked[2] != GET_KEY_AGREEMENT:
            raise CtapError(ERR.INVALID_SUBCOMMAND)
        return success({1: self.agreement.public_key()})

    def make_credential(self, asked: Mapping[int, Any]) -> Touch:
        client_data_hash, rp, _user, algorithms = (asked[key] for key in (1, 2, 3, 4))
        if not any(each["alg"] == ES256.ALGORITHM and each["type"] == "public-key" for each in algorithms):
            raise CtapError(ERR.UNSUPPORTED_ALGORITHM)
        refuse_options(asked.get(7, {}), allowed={"rk": False, "up": True})
        with_secret = asked.get(6, {}).get("hmac-secret") is True

        def touched() -> bytes:
            refuse_pin(asked, 8)
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
                rp["id"], USER_PRESENT | HAS_CREDENTIAL, attested, {"hmac-secret": True} if with_secret else {}
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
            # hmac-secret's own rule: its secrets are for people who are there.
            raise CtapError(ERR.UNSUPPORTED_OPTION)
        credential = self.store.find(rp, ids(asked.get(3, [])))
        if not is_touch_wanted:
            refuse_pin(asked, 6)
            return self._assert(credential, rp, client_data_hash, 0, None)

        def touched() -> bytes:
            # Whether the key knows the credential it tells after the touch alone.
            refuse_pin(asked, 6)
            return self._assert(credential, rp, client_data_hash, USER_PRESENT, salts)

        return Touch(touched)

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
        if salts is not None and credential.secret is not None:
            extensions["hmac-secret"] = self.agreement.secrets(bytes.fromhex(credential.secret), salts)
        data = self._data(rp, flags, b"", extensions)
        private_key = ec.derive_private_key(int(credential.private_key, 16), ec.SECP256R1())
        named = {"id": bytes.fromhex(credential.id), "type": "public-key"}
        return success({1: named, 2: data, 3: sign(private_key, data + client_data_hash)})

    def _data(self, rp: str, flags: int, attested: bytes, extensions: Mapping[str, Any]) -> bytes:
        if extensions:
            flags |= HAS_EXTENSIONS
        start = hashlib.sha256(rp.encode()).digest() + struct.pack(">BI", flags, self.store.count())
        return start + attested + (cbor.encode(extensions) if extensions else b"")


def guarded[Answer](work: Callable[[], Answer]) -> Answer | bytes:
    """What goes wrong as the status that says so."""
    try:
        return work()
    except CtapError as error:
        return bytes([error.code])
    except KeyError:
        return bytes([ERR.MISSING_PARAMETER])
    except (TypeError, AttributeError, ValueError):
        return bytes([ERR.CBOR_UNEXPECTED_TYPE])


def parameters(encoded: bytes) -> Mapping[int, Any]:
    if not encoded:
        return {}
    try:
        decoded = cbor.decode(encoded)
    except Exception as error:  # The decoder raises whatever it stumbles over.
        raise CtapError(ERR.INVALID_CBOR) from error
    if not isinstance(decoded, Mapping):
        raise CtapError(ERR.CBOR_UNEXPECTED_TYPE)
    return decoded


def refuse_options(options: Mapping[str, bool], allowed: Mapping[str, bool | None]) -> None:
    """`allowed`: by name the only value that is taken; None: either."""
    for name, value in options.items():
        if name == "up" and allowed.get("up") is True and value is not True:
            raise CtapError(ERR.INVALID_OPTION)
        if name in ("rk", "uv") and value and allowed.get(name) is not True:
            raise CtapError(ERR.UNSUPPORTED_OPTION)


def refuse_pin(asked: Mapping[int, Any], position: int) -> None:
    """There is no PIN: an empty proof asks whether there is one, any other cannot be right."""
    if position in asked:
        raise CtapError(ERR.PIN_NOT_SET if asked[position] == b"" else ERR.PIN_AUTH_INVALID)


def ids(descriptors: list[Mapping[str, Any]]) -> list[bytes]:
    return [each["id"] for each in descriptors if each["type"] == "public-key"]


def sign(private_key: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    return private_key.sign(message, ec.ECDSA(hashes.SHA256()))


def success(values: Mapping[int, Any]) -> bytes:
    return bytes([ERR.SUCCESS]) + cbor.encode(values)
