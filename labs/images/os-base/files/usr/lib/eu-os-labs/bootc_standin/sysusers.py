"""Which users and groups the tree's sysusers.d declares. A later folder's file hides an earlier one's of the same name."""
import shlex

from .tree import Tree

# Highest first, as systemd-sysusers reads them.
FOLDERS = ("etc/sysusers.d", "run/sysusers.d", "usr/lib/sysusers.d")


def declared(tree: Tree) -> tuple[set[str], set[str]]:
    """Names of users and of groups; root is always there."""
    users, groups = {"root"}, {"root"}
    for line in lines_of(tree, FOLDERS):
        try:
            words = shlex.split(line)
        except ValueError:
            # An open quote: systemd-sysusers skips such a line, too.
            continue
        if len(words) < 2:
            continue
        kind, name = words[0].rstrip("!"), words[1]
        if kind == "u":
            users.add(name)
            groups.add(name)
        elif kind == "g":
            groups.add(name)
        elif kind == "m" and len(words) > 2:
            # A membership makes both.
            users.add(name)
            groups.add(words[2])
    return users, groups


def lines_of(tree: Tree, folders: tuple[str, ...]) -> list[str]:
    """All lines that count, in the order of file names."""
    chosen: dict[str, str] = {}
    for folder in folders:
        for name in tree.names(folder):
            if name.endswith(".conf"):
                chosen.setdefault(name, folder)
    lines: list[str] = []
    for name, folder in sorted(chosen.items()):
        for line in (tree.read(f"{folder}/{name}") or "").splitlines():
            if line.strip() and not line.lstrip().startswith("#"):
                lines.append(line)
    return lines
