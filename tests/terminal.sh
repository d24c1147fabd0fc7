#!/usr/bin/env bash
# What people see on a terminal while images move: bars that go when they are done, and lines that stay.
#
# JETTISON  the binary (default: a debug build of this checkout)
set -euo pipefail
cd "$(dirname "$0")/.."
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
shows() {
  for _ in $(seq 300); do
    screen | grep -qF -- "$1" && return 0
    sleep 0.1
  done
  fail "the screen does not show $1"
}
hides() { ! screen | grep -qE -- "$1" || fail "the screen still shows $1"; }
# run COMMAND...: types it on an empty screen, and waits until it has ended.
run() {
  tmux send-keys -t screen -l "clear; $*; echo status=\$?"
  tmux send-keys -t screen Enter
  shows 'status='
  shows 'ready$'
}

# A layer large enough for a bar.
mkdir -p "$work/root"
head -c 40000000 /dev/urandom >"$work/root/noise"
tar -C "$work/root" -cf "$work/root.tar" .
tmux -u new-session -d -s screen -x 110 -y 30 "cd '$work' && env HOME='$work' JETTISON_STORE='$work/store' PS1='ready$ ' sh"
shows 'ready$'
run "'$jettison' import --compression none root.tar noise:1"
run "'$jettison' copy noise:1 docker-archive:noise.tar"
shows 'noise:1 is taken from the local store'
shows 'copied store:noise:1 to docker-archive:noise.tar'
shows 'status=0'
hides '░|█|⠁|⠉|B/s'
run "'$jettison' copy --compression gzip docker-archive:noise.tar oci:layout:1 --quiet"
hides 'copied|opening|░|█'
run "LANG=zh_CN.UTF-8 '$jettison' copy noise:1 docker-archive:zh.tar"
shows '取自本地存储'
shows '已将 store:noise:1 复制到 docker-archive:zh.tar'
# While it runs there is a bar.
tmux send-keys -t screen -l "clear; '$jettison' copy --compression zstd noise:1 oci-archive:slow.tar"
tmux send-keys -t screen Enter
shows '/ 40.00 MB'
shows 'copied store:noise:1 to oci-archive:slow.tar'
hides '░|█|B/s'
echo "terminal: bars go, results stay"
