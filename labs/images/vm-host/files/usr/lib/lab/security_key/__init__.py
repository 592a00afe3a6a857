"""EU OS Labs' stand-in for a FIDO2 security key: speaks what a key speaks, protects nothing."""

VERSION = "0.3.0"
PRODUCT = "EU OS Labs stand-in security key"
