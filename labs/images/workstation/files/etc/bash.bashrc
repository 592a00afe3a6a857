# System-wide start-up file of interactive bash shells that are not login shells.
. /usr/lib/lab/bashrc
