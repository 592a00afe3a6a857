"""What a lint may say: nothing, a finding, or that it could not run; and how lists are cut and names are quoted."""
import shlex

# The original shows this many entries of a list.
SHOWN = 5
# Besides letters and digits: the characters that the original leaves unquoted.
PLAIN = "/.-_,=:+@]"


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
    """A path as a shell would read it back: 'a b'. Bytes that are not UTF-8 become the replacement character."""
    shown = path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    if all(character in PLAIN or character.isalnum() for character in shown):
        return shown
    if "'" in shown and not any(character in shown for character in '$`!^"\\'):
        return f'"{shown}"'
    return shlex.quote(shown)
