# System-wide start of interactive bash that is no login shell.
. /usr/lib/lab/bashrc
