#!/usr/bin/env bash
# `jettison explore` in a real terminal: tmux types the keys and tells what the screen shows.
set -euo pipefail
cd "$(dirname "$0")/.."
. tests/lib/screen.sh
need pgrep procps
mkdir -p "$work/root/etc" "$work/root/usr/share/man/man1" "$work/out"
echo "good morning" >"$work/root/etc/greeting"
odd=$(printf 'd\351j\340') # Latin-1: no UTF-8
echo "bonjour" >"$work/root/etc/$odd"
head -c 20000 /dev/zero >"$work/root/usr/share/man/man1/tool.1"
tar -C "$work/root" -cf "$work/root.tar" .

# mouse BUTTON COLUMN ROW: what a terminal sends (xterm's SGR mode); 0 is the left button, 65 the wheel.
mouse() { tmux send-keys -t screen -l "$(printf '\033[<%d;%d;%dM' "$1" "$2" "$3")"; }
terminal "$work/out"
begin() { tmux send-keys -t screen "'$jettison' explore ${1:-} rootfs:$work/root.tar" Enter; }
begin
shows 'tree after layer 1'
shows '▸ etc'
tmux send-keys -t screen Tab Enter
shows 'greeting'
# The first name below etc is the one that is no text.
tmux send-keys -t screen Down e
shows 'is copied to'
cmp "$work/root/etc/$odd" "$work/out/$odd"
tmux send-keys -t screen Down e
shows '/etc/greeting is copied to'
cmp "$work/root/etc/greeting" "$work/out/greeting"
tmux send-keys -t screen e
shows 'is there already'
tmux send-keys -t screen w
shows '▸ manual pages'
tmux send-keys -t screen Enter Down Enter
shows '/usr/share/man/man1/tool.1'
shows 'what to do:'
tmux send-keys -t screen w
shows '▾ etc'
# A click chooses the second name of the tree, a second click opens it, the wheel moves down.
mouse 0 80 5; mouse 0 80 5
shows '▸ share'
mouse 65 80 5
shows '/usr/share'
tmux resize-window -t screen -x 60 -y 15
shows 'greeting'
tmux send-keys -t screen '?'
shows 'help'
tmux send-keys -t screen x q
shows 'ready$'
tmux resize-window -t screen -x 110 -y 30
tmux send-keys -t screen clear Enter
begin '--lang zh'
shows '第 1 层之后的文件树'
tmux send-keys -t screen '?'
shows '打开或关闭目录'
tmux send-keys -t screen x q
shows 'ready$'
tmux send-keys -t screen clear Enter
begin
shows 'tree after layer 1'
kill -TERM "$(pgrep -f "$jettison explore rootfs:$work/root.tar")"
shows 'ready$'
# The terminal is as it was: what is typed is echoed and carried out.
tmux send-keys -t screen 'echo status=$? end' Enter
shows 'status=143 end'
echo "explore: 16 screens as they should be"
