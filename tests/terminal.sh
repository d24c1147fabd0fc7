#!/usr/bin/env bash
# What people see on a terminal while images move: bars that go when they are done, and lines that stay.
set -euo pipefail
cd "$(dirname "$0")/.."
. tests/lib/screen.sh

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
terminal "$work"
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
# While it runs there is a bar: everything that was drawn is written down, since it may be gone before anybody looks.
tmux pipe-pane -t screen "cat >'$work/drawn'"
run "'$jettison' copy --compression zstd noise:1 oci-archive:slow.tar"
shows 'copied store:noise:1 to oci-archive:slow.tar'
hides '░|█|B/s'
tmux pipe-pane -t screen
grep -q '/ 40.00 MB' "$work/drawn" || fail "no bar was drawn"
echo "terminal: bars go, results stay"
