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


# In the order of `--list`.
LINTS = (
    Lint("bootc-kargs", True, "Verify syntax of /usr/lib/bootc/kargs.d.", checks_quick.kargs),
    Lint("kernel", True, "Check for multiple kernels, i.e. multiple directories of the form /usr/lib/modules/$kver.\n"
         "Only one kernel is supported in an image.", checks_quick.kernel),
    Lint("var-log", False, "Check for non-empty regular files in `/var/log`. It is often undesired\n"
         "to ship log files in container images.", checks_var.logs, recursive=True),
    Lint("var-run", True, "Check for /var/run being a physical directory; this is always a bug.", checks_quick.var_run),
    Lint("api-base-directories", True, "Verify that expected base API directories exist.", checks_quick.api_directories),
    Lint("sysusers", False, "Check for users in /etc/passwd and groups in /etc/group without systemd sysusers.d entries.",
         checks_quick.sysusers),
    Lint("baseimage-composefs", False, "Check that composefs is enabled for ostree.", checks_quick.composefs),
    Lint("etc-usretc", True, "Verify that only one of /etc or /usr/etc exist.", checks_quick.usr_etc),
    Lint("var-tmpfiles", False, "Check for content in /var that does not have corresponding systemd tmpfiles.d entries.",
         checks_var.tmpfiles, root_type="Running"),
    Lint("nonempty-boot", False, "The `/boot` directory should be present, but empty.", checks_quick.boot),
    Lint("baseimage-root", True, "Check that expected files are present in the root of the filesystem: /sysroot, /ostree.",
         checks_quick.base_root),
    Lint("buildah-injected", False, "Check for empty /etc/hostname and the like, left by a container runtime.",
         checks_quick.injected, root_type="Alternative"),
    Lint("nonempty-run-tmp", False, "Check for content in the runtime-only directories /run and /tmp.",
         checks_quick.run_and_tmp),
    Lint("utf8", True, "Check for non-UTF-8 file names and symlink targets.", checks_quick.utf8, recursive=True),
)


def listing() -> str:
    """YAML, as of `--list`."""
    lines = []
    for lint in LINTS:
        lines += [f"- name: {lint.name}", f"  type: {'fatal' if lint.fatal else 'warning'}"]
        lines += ["  description: |", *(f"    {line}" for line in lint.description.split("\n"))]
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
