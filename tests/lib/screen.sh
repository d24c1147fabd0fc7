# Sourced by tests that look at a real terminal: tmux types the keys and tells what the screen shows.
#
# JETTISON  the binary (default: a debug build of this checkout)
. scripts/prepare.sh
need tmux tmux
if [ -z "${JETTISON:-}" ]; then
  need_build
  cargo build --quiet --locked --package jettison
  JETTISON=${CARGO_TARGET_DIR:-target}/debug/jettison
fi
jettison=$(readlink -f "$JETTISON")
work=$(mktemp -d)
export TMUX_TMPDIR=$work
trap 'tmux kill-server 2>/dev/null || true; rm -rf "$work"' EXIT

screen() { tmux capture-pane -p -t screen; }
fail() {
  echo "$1:" >&2
  screen >&2
  exit 1
}
# shows TEXT: waits until the screen does; a loaded machine takes its time.
shows() {
  for _ in $(seq 300); do
    screen | grep -qF -- "$1" && return 0
    sleep 0.1
  done
  fail "the screen does not show $1"
}
# terminal DIRECTORY: a shell in it, which says `ready$ `.
terminal() {
  tmux -u new-session -d -s screen -x 110 -y 30 "cd '$1' && env HOME='$work' JETTISON_STORE='$work/store' PS1='ready$ ' sh"
  shows 'ready$'
}
