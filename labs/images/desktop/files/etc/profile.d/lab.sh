# Environment of a lab's login shell.
export LANG=C.UTF-8 EDITOR=nano PAGER=less LESS=-R
if [ -n "${BASH_VERSION-}" ]; then
  . /usr/lib/lab/bashrc
fi
# Lists are shown whole: a pager would wait for a key where a run block waits for the prompt.
export SYSTEMD_PAGER=
