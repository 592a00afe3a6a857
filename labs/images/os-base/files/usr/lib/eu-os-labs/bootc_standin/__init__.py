"""EU OS Labs' stand-in for bootc: written independently, and tested against the record of what bootc 1.16.9 does."""

VERSION = "0.2.0"
UPSTREAM = "1.16.9"
