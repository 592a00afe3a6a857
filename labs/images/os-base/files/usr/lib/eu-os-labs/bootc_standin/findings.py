"""What a lint may say: nothing, a finding, or that it could not run; and how lists are cut."""

# The original shows this many entries of a list.
SHOWN = 5


class Finding(Exception):
    """The lint's message, as the original words it. May end with an empty line, as lists do."""


class Broken(Exception):
    """The lint itself could not run: the whole command ends, whatever the lint's kind."""


def listed(header: str, items: list[str], no_truncate: bool) -> str:
    """Header and entries, each on a line of its own; empty for no entries."""
    if not items:
        return ""
    shown = items if no_truncate else items[:SHOWN]
    lines = [f"{header}:", *(f"  {item}" for item in shown)]
    if len(items) > len(shown):
        lines.append(f"  ...and {len(items) - len(shown)} more")
    return "\n".join(lines) + "\n"


def quoted(path: str) -> str:
    """A path for a message: in quotes when it has bytes that a terminal should not get."""
    if path.isprintable() and not any(character.isspace() for character in path):
        return path
    return '"' + "".join(c if c.isprintable() else f"\\x{ord(c) & 0xFF:02X}" for c in path) + '"'
