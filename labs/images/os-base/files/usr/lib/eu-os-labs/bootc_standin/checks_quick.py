"""Lints that look at single places in the tree and at file names. Messages have the wording that was recorded from bootc."""
import configparser
import os
import tomllib
from typing import Any

from .findings import Broken, Finding, listed, quoted
from .sysusers import account_names, declared
from .tree import Tree

API_DIRECTORIES = ("dev", "proc", "sys", "run", "tmp", "var")
# What container tools leave in /run without a mount; mounts are left out anyway.
INJECTED_RUN = "run/systemd/resolve/stub-resolv.conf"
# The composefs backend makes it for UKIs; on its own it does not count as content.
BOOT_EFI = "EFI"
KARGS_KEYS = {"kargs", "match-architectures"}
# What ostree's prepare-root takes for "on".
COMPOSEFS_ON = ("yes", "true", "1", "maybe", "signed", "verity")
INJECTED_ETC = ("etc/hostname", "etc/resolv.conf")


def kargs(tree: Tree, _options: Any) -> None:
    for name in tree.names("usr/lib/bootc/kargs.d"):
        if not name.endswith(".toml"):
            continue
        try:
            content = tomllib.loads(tree.read(f"usr/lib/bootc/kargs.d/{name}") or "")
        except tomllib.TOMLDecodeError as failure:
            raise Broken(f"Parsing {name}") from failure
        lists = [content.get("kargs"), content.get("match-architectures", [])]
        if not content.keys() <= KARGS_KEYS or not all(is_list_of_texts(each) for each in lists):
            raise Broken(f"Parsing {name}")


def is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def kernel(tree: Tree, _options: Any) -> None:
    # A folder of modules without a kernel cannot be booted and does not count.
    modules = "usr/lib/modules"
    versions = [name for name in tree.names(modules) if tree.is_directory(f"{modules}/{name}")]
    if len([name for name in versions if os.path.exists(tree.path(f"{modules}/{name}/vmlinuz"))]) > 1:
        raise Broken(f"Found multiple subdirectories in {modules}")


def var_run(tree: Tree, _options: Any) -> None:
    if tree.exists("var/run") and not tree.is_link("var/run"):
        raise Finding("Not a symlink: var/run")


def api_directories(tree: Tree, _options: Any) -> None:
    for name in API_DIRECTORIES:
        if not tree.exists(name):
            raise Finding(f"Missing API filesystem base directory: /{name}")
        if not tree.is_directory(name):
            raise Finding(f"Expected directory for API filesystem base directory: /{name}")


def sysusers(tree: Tree, options: Any) -> None:
    # passwd has seven fields, two of them numbers; group has four, one of them a number.
    accounts = (("passwd", account_names(tree, "passwd", 7, (2, 3))), ("group", account_names(tree, "group", 4, (2,))))
    message = ""
    for (database, names), known in zip(accounts, declared(tree)):
        missing = sorted(set(names) - known)
        message += listed(
            f"Found /etc/{database} entry without corresponding systemd sysusers.d", missing, options.no_truncate
        )
    if message:
        raise Finding(message)


def composefs(tree: Tree, _options: Any) -> None:
    path = "ostree/prepare-root.conf"
    text = next((t for t in (tree.read(f"{base}/{path}") for base in ("etc", "usr/lib")) if t is not None), None)
    if text is None:
        raise Finding(f"{path} is not present to enable composefs")
    config = configparser.ConfigParser(strict=False, interpolation=None)
    config.read_string(text)
    on = config.get("composefs", "enabled", fallback="no") in COMPOSEFS_ON
    if not on and config.get("root", "transient", fallback="no") not in ("yes", "true", "1"):
        raise Finding(f"{path} does not have composefs enabled")


def usr_etc(tree: Tree, _options: Any) -> None:
    if tree.exists("etc") and tree.exists("usr/etc"):
        raise Finding("Found /usr/etc - this is a bootc implementation detail and not supported to use in containers")


def boot(tree: Tree, options: Any) -> None:
    if not tree.exists("boot"):
        raise Finding("Missing /boot directory")
    if not os.path.isdir(tree.path("boot")):
        raise Broken("Not a directory (os error 20)")
    names = [quoted(name) for name in tree.names("boot") if name != BOOT_EFI]
    message = listed("Found non-empty /boot", names, options.no_truncate)
    if message:
        raise Finding(message)


def base_root(tree: Tree, _options: Any) -> None:
    if not tree.exists("sysroot"):
        raise Finding("Missing /sysroot")
    if not tree.is_directory("sysroot"):
        raise Finding("Expected a directory for /sysroot")
    if not tree.exists("ostree"):
        raise Finding("Missing ostree -> sysroot/ostree link")
    if not tree.is_link("ostree"):
        raise Finding("/ostree should be a symlink")
    target = os.readlink(tree.path("ostree"))
    if target != "sysroot/ostree":
        raise Finding(f'Expected /ostree -> sysroot/ostree, not "{target}"')


def injected(tree: Tree, _options: Any) -> None:
    for name in INJECTED_ETC:
        path = tree.path(name)
        if os.path.isfile(path) and not os.path.islink(path) and os.path.getsize(path) == 0:
            raise Finding(f"/{name} is an empty file; this may have been synthesized by a container runtime.")


def run_and_tmp(tree: Tree, options: Any) -> None:
    # A tmpfs on either of the two never reaches the image, nor does anything mounted in them.
    folders = [name for name in ("run", "tmp") if not tree.is_mount(name)]
    found = {name for folder in folders for name, _entry in tree.walk(folder) if not tree.is_mount(name)}
    known = INJECTED_RUN
    found.discard(known)
    # Folders that exist only for that file do not count either.
    parent = os.path.dirname(known)
    while parent != "run" and not any(name.startswith(f"{parent}/") for name in found):
        found.discard(parent)
        parent = os.path.dirname(parent)
    items = [quoted(f"/{name}") for name in sorted(found)]
    message = listed("Found content in runtime-only directories (/run, /tmp)", items, options.no_truncate)
    if message:
        raise Finding(message)


def utf8(tree: Tree, _options: Any) -> None:
    # Mounted content does not belong to the image: the walk names mount points and does not enter them.
    for name, entry in tree.walk(""):
        if not is_utf8(entry.name):
            raise Finding(f'{quoted("/" + os.path.dirname(name))}: Found non-utf8 filename "{escaped(entry.name)}"')
        if entry.is_symlink() and not is_utf8(os.readlink(entry.path)):
            raise Finding(f"{quoted('/' + name)}: Found non-utf8 symlink target")


def is_utf8(name: str) -> bool:
    # Python represents bytes of a file name that are not UTF-8 as lone surrogates.
    return not any(0xDC80 <= ord(character) <= 0xDCFF for character in name)


def escaped(name: str) -> str:
    return "".join(f"\\x{ord(c) - 0xDC00:02X}" if 0xDC80 <= ord(c) <= 0xDCFF else c for c in name)
