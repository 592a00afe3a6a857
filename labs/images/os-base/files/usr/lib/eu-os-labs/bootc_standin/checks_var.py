"""Lints of /var: logs that should not be shipped, and content that no tmpfiles.d entry recreates."""
import grp
import os
import pwd
import stat
from typing import Any

from .findings import Broken, Finding, listed, quoted
from .sysusers import lines_of
from .tree import Tree

FOLDER = "usr/lib/tmpfiles.d"
ESCAPES = {"\\": "\\", "n": "\n", "r": "\r", "t": "\t"}


def logs(tree: Tree, options: Any) -> None:
    found = [
        f"/{name}"
        for name, entry in tree.walk("var/log", into_mounts=True)
        if entry.is_file(follow_symlinks=False) and entry.stat(follow_symlinks=False).st_size > 0
    ]
    message = listed("Found non-empty logfiles", [quoted(path) for path in sorted(found)], options.no_truncate)
    if message:
        raise Finding(message)


def tmpfiles(tree: Tree, options: Any) -> None:
    declared = declared_paths(tree)
    missing: list[str] = []
    files: list[str] = []
    for name, entry in tree.walk("var"):
        if f"/{name}" in declared:
            continue
        if entry.is_symlink() or entry.is_dir(follow_symlinks=False):
            missing.append(line_for(f"/{name}", entry))
        else:
            files.append(quoted(name))
    message = listed("Found content in /var missing systemd tmpfiles.d entries", sorted(missing), options.no_truncate)
    message += listed("Found non-directory/non-symlink files in /var", files, options.no_truncate)
    if message:
        raise Finding(message)


def line_for(path: str, entry: os.DirEntry[str]) -> str:
    """The tmpfiles.d line that would create the entry. Raises Broken when its owner has no name."""
    facts = entry.stat(follow_symlinks=False)
    user, group = owner(facts.st_uid), group_name(facts.st_gid)
    if entry.is_symlink():
        return f"L {escaped(path)} - - - - {escaped(os.readlink(entry.path))}"
    return f"d {escaped(path)} {stat.S_IMODE(facts.st_mode):04o} {user} {group} - -"


def owner(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError as failure:
        raise Broken(f"User not found for id {number}") from failure


def group_name(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError as failure:
        raise Broken(f"Group not found for id {number}") from failure


def escaped(path: str) -> str:
    """As tmpfiles.d writes it: blanks and bytes that are not ASCII as \\xNN, a path in /var/run as one in /run."""
    if path == "/var/run" or path.startswith("/var/run/"):
        path = path[len("/var") :]
    named = {ord(value): f"\\{key}" for key, value in ESCAPES.items()}
    return "".join(
        named.get(byte) or (chr(byte) if 0x20 < byte < 0x7F else f"\\x{byte:02x}") for byte in os.fsencode(path)
    )


def declared_paths(tree: Tree) -> set[str]:
    """Paths that any line names, whatever its type does: the original does not look further either."""
    return {path_of(line) for _file, line in lines_of(tree, FOLDER)}


def path_of(line: str) -> str:
    """The second field. Raises Broken for a line without a type, and for an invalid escape."""
    fields = line.split(None, 1)
    if not fields:
        raise Broken(f"Malformed tmpfiles.d line {line}")
    rest = fields[1] if len(fields) > 1 else ""
    is_quoted = rest.startswith('"')
    field = rest[1:].partition('"')[0] if is_quoted else (rest.split(None, 1) or [""])[0]
    return unescaped(field)


def unescaped(field: str) -> str:
    path = bytearray()
    characters = iter(field)
    for character in characters:
        if character != "\\":
            path += os.fsencode(character)
            continue
        kind = next(characters, "")
        if kind in ESCAPES:
            path += ESCAPES[kind].encode()
            continue
        digits = next(characters, "") + next(characters, "")
        try:
            if kind != "x" or len(digits) != 2:
                raise ValueError(field)
            path.append(int(digits, 16))
        except ValueError as failure:
            raise Broken("Malformed tmpfiles.d") from failure
    return os.fsdecode(bytes(path))
