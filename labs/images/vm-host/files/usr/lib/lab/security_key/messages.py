"""What all commands share: parameters in CBOR, statuses for errors, signatures. Knows no command."""
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.ctap import CtapError

ERR = CtapError.ERR


def guarded[Answer](work: Callable[[], Answer]) -> Answer | bytes:
    """Turns errors into their status."""
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
    except Exception as error:  # The decoder raises errors of any type.
        raise CtapError(ERR.INVALID_CBOR) from error
    if not isinstance(decoded, Mapping):
        raise CtapError(ERR.CBOR_UNEXPECTED_TYPE)
    return decoded


def refuse_options(options: Mapping[str, bool], allowed: Mapping[str, bool | None]) -> None:
    """`allowed`: for each name, the only value that is accepted; None: either."""
    for name, value in options.items():
        if name == "up" and allowed.get("up") is True and value is not True:
            raise CtapError(ERR.INVALID_OPTION)
        if name in ("rk", "uv") and value and allowed.get(name) is not True:
            raise CtapError(ERR.UNSUPPORTED_OPTION)


def ids(descriptors: list[Mapping[str, Any]]) -> list[bytes]:
    return [each["id"] for each in descriptors if each["type"] == "public-key"]


def sign(private_key: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    return private_key.sign(message, ec.ECDSA(hashes.SHA256()))


def success(values: Mapping[int, Any] | None) -> bytes:
    return bytes([ERR.SUCCESS]) + (b"" if values is None else cbor.encode(values))
