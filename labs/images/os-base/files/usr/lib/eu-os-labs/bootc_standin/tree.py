"""A root file system to look at: paths inside it, never followed out of it."""
import os
from collections.abc import Iterator


class Tree:
    """`root` is a directory; all other paths are relative to it, without a leading slash."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.mounts = mount_points(os.path.realpath(root))

    def path(self, name: str) -> str:
        return os.path.join(self.root, name)

    def exists(self, name: str) -> bool:
        return os.path.lexists(self.path(name))

    def is_link(self, name: str) -> bool:
        return os.path.islink(self.path(name))

    def is_directory(self, name: str) -> bool:
        return os.path.isdir(self.path(name)) and not self.is_link(name)

    def is_mount(self, name: str) -> bool:
        """Whether something is mounted there: a tmpfs, or a file that podman gives a container."""
        return name in self.mounts

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

    def walk(self, directory: str, into_mounts: bool = False) -> Iterator[tuple[str, os.DirEntry[str]]]:
        """Everything below, parents first, sorted by name. A mount point is included, its content only with `into_mounts`."""
        try:
            with os.scandir(self.path(directory)) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            return
        for entry in entries:
            name = f"{directory}/{entry.name}" if directory else entry.name
            yield name, entry
            if entry.is_dir(follow_symlinks=False) and (into_mounts or not self.is_mount(name)):
                yield from self.walk(name, into_mounts)


def mount_points(root: str) -> frozenset[str]:
    """Mount points below the root, relative to it. The kernel writes blanks and backslashes in them as octal numbers."""
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        fields = [line.split(" ")[4] for line in file]
    paths = [field.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\") for field in fields]
    base = root.rstrip("/") + "/"
    return frozenset(path[len(base) :] for path in paths if path.startswith(base) and path != base)
