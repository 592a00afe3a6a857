"""The extension hmac-secret: secrets from salts, by PIN/UV protocols 1 and 2, which hide them on the way."""
import hmac
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from fido2.ctap import CtapError
from fido2.ctap2.pin import PinProtocolV1, PinProtocolV2

SALT_BYTES = 32


class KeyAgreement:
    """One key pair from the moment the key is plugged in."""

    def __init__(self) -> None:
        self.private_key = ec.generate_private_key(ec.SECP256R1())
        self.protocols = {1: PinProtocolV1(), 2: PinProtocolV2()}

    def versions(self) -> list[int]:
        """The preferred one first."""
        return sorted(self.protocols, reverse=True)

    def public_key(self) -> dict[int, Any]:
        numbers = self.private_key.public_key().public_numbers()
        # -25 because the specification fixes it, though the key is derived otherwise.
        return {1: 2, 3: -25, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}

    def secrets(self, credential_secret: bytes, asked: Mapping[int, Any]) -> bytes:
        """@param asked the platform's key, one or two salts, their proof. @return one or two secrets, encrypted"""
        protocol = self.protocols.get(asked.get(4, 1))
        if protocol is None:
            raise CtapError(CtapError.ERR.INVALID_PARAMETER)
        theirs = ec.EllipticCurvePublicNumbers(
            int.from_bytes(asked[1][-2]), int.from_bytes(asked[1][-3]), ec.SECP256R1()
        ).public_key()
        shared = protocol.kdf(self.private_key.exchange(ec.ECDH(), theirs))
        if not hmac.compare_digest(protocol.authenticate(shared, asked[2]), asked[3]):
            raise CtapError(CtapError.ERR.PIN_AUTH_INVALID)
        salts = protocol.decrypt(shared, asked[2])
        if len(salts) not in (SALT_BYTES, 2 * SALT_BYTES):
            raise CtapError(CtapError.ERR.INVALID_LENGTH)
        each = [salts[at : at + SALT_BYTES] for at in range(0, len(salts), SALT_BYTES)]
        return protocol.encrypt(shared, b"".join(hmac.digest(credential_secret, salt, "sha256") for salt in each))
