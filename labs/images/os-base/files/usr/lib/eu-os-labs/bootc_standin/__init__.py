"""EU OS Labs' stand-in for bootc: its own writing, held to what bootc 1.16.9 was seen to do."""

VERSION = "0.1.0"
UPSTREAM = "1.16.9"
