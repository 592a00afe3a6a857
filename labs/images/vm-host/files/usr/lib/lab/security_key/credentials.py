"""The key's memory: credentials and PIN in one file, outside of the machine. On a real key they never leave its chip."""
import json
import os
import secrets
from dataclasses import asdict, dataclass

from .pin import MOST_TRIES

# Real keys hold 25 to 100.
MOST_CREDENTIALS = 100
ID_BYTES = 32


@dataclass
class Credential:
    """All values except `rp` are hexadecimal. `secret`, `secret_with_pin`: for hmac-secret; None when it was not requested."""

    id: str
    rp: str
    private_key: str
    secret: str | None
    secret_with_pin: str | None


class Store:
    """Read once, written whole at each change."""

    def __init__(self, path: str) -> None:
        """Raises ValueError when the file is damaged."""
        self.path = path
        self.counter = 0
        self.credentials: dict[str, Credential] = {}
        # The left half of the PIN's SHA-256, in hexadecimal; None while there is no PIN.
        self.pin_hash: str | None = None
        self.tries = MOST_TRIES
        try:
            with open(path, encoding="utf-8") as file:
                content = json.load(file)
            self.counter = int(content["counter"])
            self.credentials = {entry["id"]: Credential(**entry) for entry in content["credentials"]}
            self.pin_hash = content["pin_hash"]
            self.tries = int(content["tries"])
        except FileNotFoundError:
            pass
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(
                f"found {path} damaged ({error}), expected the key's credentials; "
                f"removing the file makes a key that knows none"
            ) from error

    def is_full(self) -> bool:
        return len(self.credentials) >= MOST_CREDENTIALS

    def find(self, rp: str, ids: list[bytes]) -> Credential | None:
        """The first of `ids` that was made here for `rp`."""
        for each in ids:
            found = self.credentials.get(each.hex())
            if found is not None and found.rp == rp:
                return found
        return None

    def make(self, rp: str, private_key: bytes, with_secret: bool) -> Credential:
        credential = Credential(
            id=secrets.token_hex(ID_BYTES),
            rp=rp,
            private_key=private_key.hex(),
            secret=secrets.token_hex(32) if with_secret else None,
            secret_with_pin=secrets.token_hex(32) if with_secret else None,
        )
        self.credentials[credential.id] = credential
        return credential

    def count(self) -> int:
        """@return the next signature's number, once it is stored, along with everything else that is new"""
        self.counter += 1
        self.write()
        return self.counter

    def forget(self) -> None:
        """Resets the key. Stored by the next `write`."""
        self.credentials = {}
        self.counter = 0

    def write(self) -> None:
        """Returns once everything is on the disk."""
        content = {
            "counter": self.counter,
            "pin_hash": self.pin_hash,
            "tries": self.tries,
            "credentials": [asdict(each) for each in self.credentials.values()],
        }
        beside = f"{self.path}.new"
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            json.dump(content, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, self.path)
