"""The table of lints and how they are run: order, skipping, counting, what is said at the end."""
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from . import checks_quick, checks_var
from .findings import Broken, Finding
from .tree import Tree


@dataclass
class Options:
    """What the command line asked for."""

    rootfs: str = "/"
    fatal_warnings: bool = False
    only_list: bool = False
    no_truncate: bool = False
    skip: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Lint:
    name: str
    fatal: bool
    description: str
    check: Callable[[Tree, Options], None]
    # "Running": looks at / alone, skipped with --rootfs. "Alternative": the other way round.
    root_type: str | None = None
    # Walks the whole tree; these come after the others.
    recursive: bool = False


# In the order of `--list`. The descriptions say what bootc's say, in our words.
LINTS = (
    Lint("bootc-kargs", True, "Verify that the files in /usr/lib/bootc/kargs.d can be read.", checks_quick.kargs),
    Lint("kernel", True, "Check for several kernels: directories /usr/lib/modules/$kver that hold a vmlinuz.\n"
         "An image may have one.", checks_quick.kernel),
    Lint("var-log", False, "Check for regular files in `/var/log` that are not empty. Logs belong to a machine, not to an\n"
         "image: their times make each build differ from the last, and they may reveal things about the build system.",
         checks_var.logs),
    Lint("var-run", True, "Check that /var/run is not a directory of its own; that is always a bug.", checks_quick.var_run),
    Lint("api-base-directories", True, "Check that the base directories of the API file systems exist, and /var as a directory.\n"
         "More on them: <https://systemd.io/API_FILE_SYSTEMS/>.", checks_quick.api_directories),
    Lint("sysusers", False, "Check for users in /etc/passwd and groups in /etc/group that no file in /usr/lib/sysusers.d\n"
         "declares. A machine whose /etc was changed, by a local account for example, keeps its own passwd on an\n"
         "update and does not get the accounts of the new image. Declared ones are created at boot.\n"
         "More: <https://bootc.dev/bootc/building/users-and-groups.html>.", checks_quick.sysusers),
    Lint("baseimage-composefs", False, "Check that composefs is enabled for ostree.\n"
         "More: <https://ostreedev.github.io/ostree/composefs/>.", checks_quick.composefs),
    Lint("etc-usretc", True, "Check that there is no /usr/etc beside /etc. An image has /etc alone; what happens with both\n"
         "is not defined.", checks_quick.usr_etc),
    Lint("var-tmpfiles", False, "Check for content in /var that no line in tmpfiles.d names. What an image holds in /var is\n"
         "unpacked at the first installation only, so later images cannot change it. Leave /var empty in the\n"
         "image, and let tmpfiles.d make directories and links at each boot.", checks_var.tmpfiles, root_type="Running"),
    Lint("nonempty-boot", False, "Check that `/boot` is there and empty. The kernel belongs in /usr/lib/modules; what an image\n"
         "holds in /boot is hidden on the machine.", checks_quick.boot),
    Lint("baseimage-root", True, "Check for what a base image needs in its root: /sysroot, and /ostree as a link into it.\n"
         "More: <https://bootc.dev/bootc/bootc-images.html>.", checks_quick.base_root),
    Lint("buildah-injected", False, "Check for an empty /etc/hostname or /etc/resolv.conf, which a build tool may have left.",
         checks_quick.injected, root_type="Alternative"),
    Lint("nonempty-run-tmp", False, "Check that `/run` and `/tmp` are empty. On a machine both are a `tmpfs`, which hides what an\n"
         "image holds there: leftovers of the build, which are of no use.", checks_quick.run_and_tmp),
    Lint("utf8", True, "Check for file names that are not UTF-8, and for links to such names. The ostree backend accepts\n"
         "only UTF-8.", checks_quick.utf8, recursive=True),
)


def listing() -> str:
    """The YAML that `--list` prints."""
    lines = []
    for lint in LINTS:
        lines += [f"- name: {lint.name}", f"  type: {'fatal' if lint.fatal else 'warning'}"]
        text = lint.description.split("\n")
        # YAML would read a colon and a blank as a key, so such a text becomes a block, too.
        is_block = len(text) > 1 or ": " in lint.description
        lines += ["  description: |-", *(f"    {line}" for line in text)] if is_block else [f"  description: {text[0]}"]
        if lint.root_type:
            lines.append(f"  root-type: {lint.root_type}")
    return "\n".join(lines) + "\n"


def run(options: Options, error: str) -> int:
    """Runs the lints, prints findings to stdout, the verdict of a failure to stderr."""
    if not os.path.isdir(options.rootfs):
        print(f"{error} Linting: Opening {options.rootfs}: No such file or directory (os error 2)", file=sys.stderr)
        return 1
    tree = Tree(options.rootfs)
    root_type = "Running" if os.path.realpath(options.rootfs) == "/" else "Alternative"
    passed = skipped = warnings = failed = 0
    for lint in sorted(LINTS, key=lambda each: (each.recursive, each.name)):
        if lint.name in options.skip or lint.root_type not in (None, root_type):
            skipped += 1
            continue
        try:
            lint.check(tree, options)
            passed += 1
        except Finding as finding:
            word = "Failed lint" if lint.fatal else "Lint warning"
            print(f"{word}: {lint.name}: {finding}", flush=True)
            failed += 1 if lint.fatal or options.fatal_warnings else 0
            warnings += 0 if lint.fatal else 1
        except Broken as broken:
            print(f"{error} Linting: Unexpected runtime error running lint {lint.name}: {broken}", file=sys.stderr)
            return 1
    print(f"Checks passed: {passed}")
    if skipped:
        print(f"Checks skipped: {skipped}")
    if warnings:
        print(f"Warnings: {warnings}")
    sys.stdout.flush()
    if failed:
        print(f"{error} Linting: Checks failed: {failed}", file=sys.stderr)
        return 1
    return 0
