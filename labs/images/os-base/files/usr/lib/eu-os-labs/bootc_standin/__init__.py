"""EU OS Labs' stand-in for bootc: its own writing, held to the record of what bootc 1.16.9 does."""

VERSION = "0.2.0"
UPSTREAM = "1.16.9"
