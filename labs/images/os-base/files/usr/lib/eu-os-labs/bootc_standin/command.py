"""The command line: subcommands, usage errors, help. The lints themselves start in lints.py."""
import os
import sys

from . import UPSTREAM, VERSION, lints

ABOUT = f"""This is not bootc. It is EU OS Labs' stand-in for it, version {VERSION}, written for this sandbox because bootc is in
no package registry. Its lints follow bootc {UPSTREAM} as far as the record goes: cases that nobody recorded it may judge
differently, and the descriptions in --list are its own. The original: https://bootc.dev"""

# Subcommands of the original, with what each is for; all but `container lint` come with a later lab.
UPSTREAM_COMMANDS = {
    "upgrade": "downloads a newer version of the image and queues it for the next boot",
    "switch": "makes another image the one to boot",
    "rollback": "makes the previous deployment the one to boot",
    "edit": "applies a changed host specification",
    "status": "shows which images are booted, staged and kept for rollback",
    "usr-overlay": "makes /usr writable until the next boot",
    "install": "installs the running container to a disk",
    "container": "holds operations for use in a container build; of those the stand-in has `lint`",
    "loader-entries": "changes boot entries",
    "composefs-finalize-staged": "is used by a systemd unit",
}
ALIASES = {"update": "upgrade", "usroverlay": "usr-overlay"}

HELP = f"""Deploy and transactionally in-place update a bootable container image.
{ABOUT}

Usage: bootc <COMMAND>

Commands:
  container lint   Check that a container image can be booted
  help             Print this message
Later labs bring: upgrade, switch, rollback, edit, status, usr-overlay, install

Options:
  -h, --help     Print help
  -V, --version  Print version
"""

LINT_USAGE = "Usage: bootc container lint [OPTIONS]"
LINT_HELP = f"""Perform relatively inexpensive static analysis checks as part of a container build

{LINT_USAGE}

Options:
      --rootfs <ROOTFS>  Operate on the provided rootfs [default: /]
      --fatal-warnings   Make warnings fatal
      --list             Instead of executing the lints, just print all available lints
      --skip <SKIP>      Skip checking the targeted lint, by name; may be given multiple times
      --no-truncate      Don't truncate the output; by default, only a limited number of entries is shown
  -h, --help             Print help
"""


class UsageError(Exception):
    """A command line that cannot be understood: exit status 2."""

    def __init__(self, message: str, usage: str) -> None:
        super().__init__(f"error: {message}\n\n{usage}\n\nFor more information, try '--help'.")


def main(arguments: list[str]) -> int:
    """Exit status: 0 done, 1 failed, 2 wrong usage."""
    try:
        return run(arguments)
    except UsageError as failure:
        print(failure, file=sys.stderr)
        return 2
    except BrokenPipeError:
        # Whoever read the output has left; nothing more may be written, not even by the interpreter's own clean-up.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        print(f"{error_word()} Linting: Writing to stdout: Broken pipe (os error 32)", file=sys.stderr)
        return 1


def run(arguments: list[str]) -> int:
    if not arguments:
        print(HELP, end="", file=sys.stderr)
        return 2
    command, rest = arguments[0], arguments[1:]
    if command in ("-h", "--help", "help"):
        print(HELP, end="")
        return 0
    if command in ("-V", "--version"):
        print(f"bootc stand-in of EU OS Labs {VERSION} (follows bootc {UPSTREAM} as far as the record goes)")
        return 0
    if command.startswith("-"):
        raise UsageError(f"unexpected argument '{command}' found", "Usage: bootc <COMMAND>")
    command = ALIASES.get(command, command)
    if command == "container":
        return container(rest)
    if command in UPSTREAM_COMMANDS:
        return later(command)
    raise UsageError(f"unrecognized subcommand '{command}'", "Usage: bootc <COMMAND>")


def container(arguments: list[str]) -> int:
    usage = "Usage: bootc container <COMMAND>"
    if not arguments:
        print(f"{usage}\n\nCommands:\n  lint  Check that a container image can be booted", file=sys.stderr)
        return 2
    command, rest = arguments[0], arguments[1:]
    if command == "lint":
        return lint(rest)
    if command in ("-h", "--help", "help"):
        print(f"{usage}\n\nCommands:\n  lint  Check that a container image can be booted")
        return 0
    if command in ("inspect", "ukify", "compute-composefs-digest"):
        return later(f"container {command}")
    raise UsageError(f"unrecognized subcommand '{command}'", usage)


def later(command: str) -> int:
    purpose = UPSTREAM_COMMANDS.get(command)
    told = f", which {purpose}" if purpose else ""
    print(
        f"error: `bootc {command}`{told}, is not in this stand-in yet: it comes with a later lab.\n{ABOUT}",
        file=sys.stderr,
    )
    return 1


def lint(arguments: list[str]) -> int:
    options = parse_lint(arguments)
    if options is None:
        print(LINT_HELP, end="")
        return 0
    if options.only_list:
        print(lints.listing(), end="")
        return 0
    return lints.run(options, error_word())


def parse_lint(arguments: list[str]) -> "lints.Options | None":
    """None when help was asked for."""
    options = lints.Options()
    flags = {"--fatal-warnings": "fatal_warnings", "--list": "only_list", "--no-truncate": "no_truncate"}
    values = {"--rootfs": "rootfs", "--skip": "skip"}
    queue = list(arguments)
    while queue:
        name, given, value = queue.pop(0).partition("=")
        if name in ("-h", "--help"):
            return None
        if name in flags and not given:
            setattr(options, flags[name], True)
        elif name in values:
            if not given:
                if not queue:
                    wanted = f"{name} <{values[name].upper()}>"
                    raise UsageError(f"a value is required for '{wanted}' but none was supplied", LINT_USAGE)
                value = queue.pop(0)
            if name == "--skip":
                options.skip.append(value)
            else:
                options.rootfs = value
        else:
            raise UsageError(f"unexpected argument '{name}' found", LINT_USAGE)
    return options


def error_word() -> str:
    """On a terminal the word is red, as with the original."""
    return "\x1b[31merror: \x1b[0m".rstrip() if sys.stderr.isatty() else "error:"
