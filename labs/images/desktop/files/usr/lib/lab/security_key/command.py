"""The command line of the stand-in: what there is to say, and which part does it."""
import argparse
import os
import sys

from . import PRODUCT, VERSION
from .touch import RUN_DIR, touch

ABOUT = f"""{PRODUCT} {VERSION}
It stands in for a hardware key, so that a lab needs none, and protects nothing: its secrets lie in a file on this
machine, where root reads them. A real key keeps them in its chip."""

HELP = f"""{ABOUT}

systemctl start lab-security-key plugs it in, systemctl stop lab-security-key pulls it out. There is a second key,
lab-security-key@second, and one socket for both: plugging one in pulls the other one out."""

NAMES = {"first": PRODUCT, "second": f"{PRODUCT}, the second"}


def main(arguments: list[str]) -> int:
    """@return the exit status: 0, 1 when it did not work, 2 for wrong usage"""
    parser = argparse.ArgumentParser(
        prog="security-key", description=HELP, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("-V", "--version", action="version", version=ABOUT)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("touch", help="touch the key; fails when it waits for no touch")
    serve = commands.add_parser("serve", help="be the key until stopped; what the unit runs")
    serve.add_argument("--key", choices=tuple(NAMES), default="first")
    asked = parser.parse_args(arguments)
    return touch_key() if asked.command == "touch" else be_the_key(asked.key)


def touch_key() -> int:
    try:
        if touch(RUN_DIR):
            return 0
    except (FileNotFoundError, ConnectionRefusedError):
        return failed("no key is plugged in; systemctl start lab-security-key plugs it in")
    except OSError as error:
        return failed(str(error))
    return failed("the key waits for no touch")


def be_the_key(name: str) -> int:
    # What answers a touch needs none of this, and each module costs an emulated processor its time.
    from .credentials import STORES, Store
    from .daemon import serve
    from .uhid import UhidDevice

    try:
        os.makedirs(STORES, mode=0o700, exist_ok=True)
        store = Store(os.path.join(STORES, f"{name}.json"))
        serve(UhidDevice(NAMES[name]), store, RUN_DIR)
    except (OSError, ValueError) as error:
        return failed(str(error))
    return 0


def failed(reason: str) -> int:
    print(f"security-key: {reason}", file=sys.stderr)
    return 1
