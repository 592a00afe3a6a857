# Environment of a lab's login shell.
export LANG=C.UTF-8 EDITOR=nano PAGER=less LESS=-R
if [ -n "${BASH_VERSION-}" ]; then
  . /usr/lib/lab/bashrc
fi
# No pager: it would wait for a key while a run block waits for the prompt.
export SYSTEMD_PAGER=
