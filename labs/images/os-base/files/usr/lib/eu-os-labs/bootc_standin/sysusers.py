"""Which users and groups the tree has, and which of them /usr/lib/sysusers.d declares. The original looks nowhere else
either."""
from .findings import Broken
from .tree import Tree

FOLDER = "usr/lib/sysusers.d"


def declared(tree: Tree) -> tuple[set[str], set[str]]:
    """
    Names of users and of groups; a user brings a group of the same name. Membership (`m`) declares neither.

    Raises Broken for a line that the original cannot read.
    """
    users: set[str] = set()
    groups: set[str] = set()
    for file, line in lines_of(tree, FOLDER):
        try:
            kind, name = entry(line)
        except ValueError as failure:
            raise Broken(
                f"Failed to parse sysusers entry from {file}: Failed to parse sysusers entry: {line}"
            ) from failure
        if kind == "u":
            users.add(name)
        if kind in ("u", "g"):
            groups.add(name)
    return users, groups


def entry(line: str) -> tuple[str, str]:
    """Kind and name; kinds that declare no account have no name. Raises ValueError for a field that is missing or not a
    number."""
    kind, rest = token(line)
    kind = kind.rstrip("!")
    if kind == "u":
        name, rest = token(rest)
        number, rest = token(rest)
        # A path stands for the owner of the file, a colon for a group of another number or name.
        for part in number.split(":"):
            if not (part == "-" or part.isdecimal() or part.startswith("/") or ":" in number):
                raise ValueError(line)
        token(rest)
        return kind, name
    if kind == "g":
        name, rest = token(rest)
        number, _rest = token(rest)
        if not (number == "-" or number.isdecimal() or number.startswith("/")):
            raise ValueError(line)
        return kind, name
    if kind == "r":
        _name, rest = token(rest)
        numbers, _rest = token(rest)
        first, _dash, last = numbers.partition("-")
        if not (first.isdecimal() and last.isdecimal()):
            raise ValueError(line)
    return kind, ""


def token(text: str) -> tuple[str, str]:
    """The next field, which may be in double quotes, and what follows it. Raises ValueError when there is none."""
    text = text.lstrip()
    if text.startswith('"'):
        field, quote, rest = text[1:].partition('"')
        if not quote:
            raise ValueError(text)
    else:
        field = text.split(None, 1)[0] if text else ""
        rest = text[len(field) :]
    if not field:
        raise ValueError(text)
    return field, rest


def lines_of(tree: Tree, folder: str) -> list[tuple[str, str]]:
    """File name and line for each line that counts; empty lines and those that begin with # do not."""
    lines: list[tuple[str, str]] = []
    for name in tree.names(folder):
        if not name.endswith(".conf"):
            continue
        for line in (tree.read(f"{folder}/{name}") or "").split("\n"):
            if line and not line.startswith("#"):
                lines.append((name, line))
    return lines


def account_names(tree: Tree, database: str, fields: int, numbers: tuple[int, ...]) -> list[str]:
    """
    Names in /etc/passwd or /etc/group. NSS's + and - lines and comments do not count.

    Raises Broken for a line with fewer fields, or without a number where one belongs.
    """
    names: list[str] = []
    for index, line in enumerate((tree.read(f"etc/{database}") or "").split("\n")):
        if not line or line[0] in "#+-":
            continue
        parts = line.split(":", fields - 1)
        if len(parts) < fields or not all(parts[number].isdecimal() for number in numbers):
            told = f"failed to parse {database} entry at line {index}, content: {line}"
            raise Broken(f"Failed to load etc/{database}: {told}")
        names.append(parts[0])
    return names
