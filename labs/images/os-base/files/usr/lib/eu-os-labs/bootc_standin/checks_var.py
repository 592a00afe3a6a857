"""Lints of /var: logs that should not be shipped, and content that no tmpfiles.d entry makes again."""
import grp
import os
import pwd
import shlex
import stat
from typing import Any

from .findings import Finding, listed, quoted
from .sysusers import lines_of
from .tree import Tree

FOLDERS = ("etc/tmpfiles.d", "run/tmpfiles.d", "usr/lib/tmpfiles.d")
# Directories that are expected in every /var.
BASE = ("var", "var/tmp", "var/log", "var/lib", "var/cache")


def logs(tree: Tree, options: Any) -> None:
    found = [
        quoted(f"/{name}")
        for name, entry in tree.walk("var/log")
        if entry.is_file(follow_symlinks=False) and entry.stat(follow_symlinks=False).st_size > 0
    ]
    message = listed("Found non-empty logfiles", sorted(found), options.no_truncate)
    if message:
        raise Finding(message)


def tmpfiles(tree: Tree, options: Any) -> None:
    declared = declared_paths(tree)
    missing: list[str] = []
    files: list[str] = []
    for name, entry in tree.walk("var"):
        if entry.is_symlink():
            if name not in declared:
                missing.append(f"L /{name} - - - - {os.readlink(entry.path)}")
        elif entry.is_dir(follow_symlinks=False):
            if name not in declared and name not in BASE:
                missing.append(directory_line(name, entry))
        elif name not in declared:
            files.append(quoted(name))
    message = listed("Found content in /var missing systemd tmpfiles.d entries", sorted(missing), options.no_truncate)
    message += listed("Found non-directory/non-symlink files in /var", files, options.no_truncate)
    if message:
        raise Finding(message)


def directory_line(name: str, entry: os.DirEntry[str]) -> str:
    facts = entry.stat(follow_symlinks=False)
    mode = stat.S_IMODE(facts.st_mode)
    return f"d /{name} {mode:04o} {owner(facts.st_uid)} {group(facts.st_gid)} - -"


def owner(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


def declared_paths(tree: Tree) -> set[str]:
    """Paths in /var that tmpfiles.d makes, without their leading slash."""
    paths: set[str] = set()
    for line in lines_of(tree, FOLDERS):
        try:
            words = shlex.split(line)
        except ValueError:
            # An open quote: systemd-tmpfiles skips such a line, too.
            continue
        # Types that make something; what follows the letter are flags.
        if len(words) >= 2 and words[0][:1] in "dDvqQLpfFCcb":
            paths.add(os.path.normpath(words[1].replace("/var/run/", "/run/")).lstrip("/"))
    return paths
