#!/usr/bin/env bash
# `jettison explore` in a real terminal: tmux types the keys and tells what the screen shows.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/prepare.sh
need tmux tmux pgrep procps
if [ -z "${JETTISON:-}" ]; then
  need_build
  cargo build --quiet --locked --package jettison
  JETTISON=${CARGO_TARGET_DIR:-target}/debug/jettison
fi
jettison=$(readlink -f "$JETTISON")
work=$(mktemp -d)
export TMUX_TMPDIR=$work
trap 'tmux kill-server 2>/dev/null || true; rm -rf "$work"' EXIT
mkdir -p "$work/root/etc" "$work/root/usr/share/man/man1" "$work/out"
echo "good morning" >"$work/root/etc/greeting"
odd=$(printf 'd\351j\340') # Latin-1: no UTF-8
echo "bonjour" >"$work/root/etc/$odd"
head -c 20000 /dev/zero >"$work/root/usr/share/man/man1/tool.1"
tar -C "$work/root" -cf "$work/root.tar" .

screen() { tmux capture-pane -p -t explore; }
# shows TEXT: waits until the screen does; a loaded machine takes its time.
shows() {
  for _ in $(seq 300); do
    screen | grep -qF -- "$1" && return 0
    sleep 0.1
  done
  echo "the screen does not show $1:" >&2
  screen >&2
  exit 1
}
# mouse BUTTON COLUMN ROW: what a terminal sends (xterm's SGR mode); 0 is the left button, 65 the wheel.
mouse() { tmux send-keys -t explore -l "$(printf '\033[<%d;%d;%dM' "$1" "$2" "$3")"; }
tmux -u new-session -d -s explore -x 110 -y 30 "cd '$work/out' && env HOME='$work' PS1='ready$ ' sh"
shows 'ready$'
begin() { tmux send-keys -t explore "'$jettison' explore ${1:-} rootfs:$work/root.tar" Enter; }
begin
shows 'tree after layer 1'
shows '▸ etc'
tmux send-keys -t explore Tab Enter
shows 'greeting'
# The first name below etc is the one that is no text.
tmux send-keys -t explore Down e
shows 'is copied to'
cmp "$work/root/etc/$odd" "$work/out/$odd"
tmux send-keys -t explore Down e
shows '/etc/greeting is copied to'
cmp "$work/root/etc/greeting" "$work/out/greeting"
tmux send-keys -t explore e
shows 'is there already'
tmux send-keys -t explore w
shows '▸ manual pages'
tmux send-keys -t explore Enter Down Enter
shows '/usr/share/man/man1/tool.1'
shows 'what to do:'
tmux send-keys -t explore w
shows '▾ etc'
# A click chooses the second name of the tree, a second click opens it, the wheel moves down.
mouse 0 80 5; mouse 0 80 5
shows '▸ share'
mouse 65 80 5
shows '/usr/share'
tmux resize-window -t explore -x 60 -y 15
shows 'greeting'
tmux send-keys -t explore '?'
shows 'help'
tmux send-keys -t explore x q
shows 'ready$'
tmux resize-window -t explore -x 110 -y 30
tmux send-keys -t explore clear Enter
begin '--lang zh'
shows '第 1 层之后的文件树'
tmux send-keys -t explore '?'
shows '打开或关闭目录'
tmux send-keys -t explore x q
shows 'ready$'
tmux send-keys -t explore clear Enter
begin
shows 'tree after layer 1'
kill -TERM "$(pgrep -f "$jettison explore rootfs:$work/root.tar")"
shows 'ready$'
# The terminal is as it was: what is typed is echoed and carried out.
tmux send-keys -t explore 'echo status=$? end' Enter
shows 'status=143 end'
echo "explore: 16 screens as they should be"
