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
mkdir -p "$work/root/etc" "$work/out"
echo "good morning" >"$work/root/etc/greeting"
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
tmux -u new-session -d -s explore -x 110 -y 30 "cd '$work/out' && env HOME='$work' PS1='ready$ ' sh"
shows 'ready$'
begin() { tmux send-keys -t explore "'$jettison' explore rootfs:$work/root.tar" Enter; shows 'tree after layer 1'; }
begin
shows '> etc'
tmux send-keys -t explore Tab Enter
shows 'greeting'
tmux send-keys -t explore Down e
shows '/etc/greeting is copied to'
cmp "$work/root/etc/greeting" "$work/out/greeting"
tmux send-keys -t explore e
shows 'is there already'
tmux resize-window -t explore -x 60 -y 15
shows 'greeting'
tmux send-keys -t explore '?'
shows 'help'
tmux send-keys -t explore x q
shows 'ready$'
tmux resize-window -t explore -x 110 -y 30
tmux send-keys -t explore clear Enter
begin
kill -TERM "$(pgrep -f "$jettison explore rootfs:$work/root.tar")"
shows 'ready$'
# The terminal is as it was: what is typed is echoed and carried out.
tmux send-keys -t explore 'echo status=$? end' Enter
shows 'status=143 end'
echo "explore: 9 screens as they should be"
