"""EU OS Labs' stand-in for a FIDO2 security key: speaks the protocol of a real key, protects nothing."""

VERSION = "0.3.0"
PRODUCT = "EU OS Labs stand-in security key"
