"""PIN/UV protocols 1 and 2, which encrypt PINs and secrets in transit, and the extension hmac-secret: secrets from salts."""
import hmac
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from fido2.ctap import CtapError
from fido2.ctap2.pin import PinProtocol, PinProtocolV1, PinProtocolV2

SALT_BYTES = 32


class KeyAgreement:
    """One key pair for as long as the key is plugged in."""

    def __init__(self) -> None:
        self.private_key = ec.generate_private_key(ec.SECP256R1())
        self.protocols: dict[int, PinProtocol] = {1: PinProtocolV1(), 2: PinProtocolV2()}

    def versions(self) -> list[int]:
        """The preferred one first."""
        return sorted(self.protocols, reverse=True)

    def public_key(self) -> dict[int, Any]:
        numbers = self.private_key.public_key().public_numbers()
        # -25 because the specification fixes it, although the key is derived in another way.
        return {1: 2, 3: -25, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}

    def renew(self) -> None:
        """After a wrong PIN: for the next try, the program has to request the public key again."""
        self.private_key = ec.generate_private_key(ec.SECP256R1())

    def protocol(self, number: int) -> PinProtocol:
        protocol = self.protocols.get(number)
        if protocol is None:
            raise CtapError(CtapError.ERR.INVALID_PARAMETER)
        return protocol

    def shared(self, protocol: PinProtocol, theirs: Mapping[int, Any]) -> bytes:
        """@param theirs the platform's public key, as COSE. Raises ValueError when it is not a point on the curve"""
        public = ec.EllipticCurvePublicNumbers(
            int.from_bytes(theirs[-2]), int.from_bytes(theirs[-3]), ec.SECP256R1()
        ).public_key()
        return protocol.kdf(self.private_key.exchange(ec.ECDH(), public))

    def secrets(self, credential_secret: bytes, asked: Mapping[int, Any]) -> bytes:
        """@param asked the platform's key, one or two salts, and proof of them. @return one or two secrets, encrypted"""
        protocol = self.protocol(asked.get(4, 1))
        shared = self.shared(protocol, asked[1])
        verify(protocol, shared, asked[2], asked[3])
        salts = protocol.decrypt(shared, asked[2])
        if len(salts) not in (SALT_BYTES, 2 * SALT_BYTES):
            raise CtapError(CtapError.ERR.INVALID_LENGTH)
        each = [salts[at : at + SALT_BYTES] for at in range(0, len(salts), SALT_BYTES)]
        return protocol.encrypt(shared, b"".join(hmac.digest(credential_secret, salt, "sha256") for salt in each))


def verify(protocol: PinProtocol, key: bytes, message: bytes, proof: bytes) -> None:
    """Raises CtapError when `proof` is not what `key` computes from `message`."""
    if not hmac.compare_digest(protocol.authenticate(key, message), proof):
        raise CtapError(CtapError.ERR.PIN_AUTH_INVALID)
