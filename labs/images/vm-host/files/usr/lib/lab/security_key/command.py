"""The command line of the stand-in: be the key of one virtual machine until its QEMU ends."""
import argparse
import os
import sys

from . import PRODUCT, VERSION

ABOUT = f"""{PRODUCT} {VERSION}
It stands in for a hardware key, so that a lab needs none, and protects nothing: its secrets lie in a file of the lab
server. They are outside of the machine, as a real key's are; a real key keeps them in its chip."""


def main(arguments: list[str]) -> int:
    """@return the exit status: 0, 1 when it did not work, 2 for wrong usage"""
    parser = argparse.ArgumentParser(
        prog="security-key", description=ABOUT, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("-V", "--version", action="version", version=ABOUT)
    parser.add_argument("--cable", required=True, help="QEMU's socket of the port for reports")
    parser.add_argument("--hand", required=True, help="QEMU's socket of the port for plugging in and pulling out")
    parser.add_argument("--server", required=True, help="socket for the lab server, made here")
    parser.add_argument("--memory", required=True, help="folder of the keys' memories")
    asked = parser.parse_args(arguments)
    # The key's own modules are loaded late: see desk.py.
    from .daemon import Daemon, Places

    try:
        os.makedirs(asked.memory, mode=0o700, exist_ok=True)
        Daemon(Places(asked.cable, asked.hand, asked.server, asked.memory)).serve()
    except (EOFError, ConnectionResetError, BrokenPipeError):
        return 0
    except (OSError, ValueError) as error:
        print(f"security-key: {error}", file=sys.stderr)
        return 1
    return 0
