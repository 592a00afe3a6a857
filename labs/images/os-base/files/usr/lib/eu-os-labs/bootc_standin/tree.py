"""A root file system to look at: paths inside it, never followed out of it."""
import os
from collections.abc import Iterator


class Tree:
    """`root` is a directory; all other paths are relative to it, without a leading slash."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.mounts = mount_points() if os.path.realpath(root) == "/" else frozenset()

    def path(self, name: str) -> str:
        return os.path.join(self.root, name)

    def exists(self, name: str) -> bool:
        return os.path.lexists(self.path(name))

    def is_link(self, name: str) -> bool:
        return os.path.islink(self.path(name))

    def is_directory(self, name: str) -> bool:
        return os.path.isdir(self.path(name)) and not self.is_link(name)

    def read(self, name: str) -> str | None:
        """Text, or None when there is no such file."""
        try:
            with open(self.path(name), encoding="utf-8", errors="replace") as file:
                return file.read()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def names(self, directory: str) -> list[str]:
        """Sorted; empty when there is no such directory."""
        try:
            return sorted(os.listdir(self.path(directory)))
        except (FileNotFoundError, NotADirectoryError):
            return []

    def walk(self, directory: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
        """Everything below, parents first, by name; mount points and what is in them are left out: podman put them there."""
        try:
            with os.scandir(self.path(directory)) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            return
        for entry in entries:
            name = f"{directory}/{entry.name}" if directory else entry.name
            if name in self.mounts:
                continue
            yield name, entry
            if entry.is_dir(follow_symlinks=False):
                yield from self.walk(name)


def mount_points() -> frozenset[str]:
    """Without their leading slash."""
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        return frozenset(line.split(" ")[4].lstrip("/") for line in file)
