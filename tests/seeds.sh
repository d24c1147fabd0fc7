#!/usr/bin/env bash
# The articles' blocks that `crates/jettison-lint/tests/seeds` holds, tried with Debian's programs: what was fixed starts, and what is
# reported as an error does not. Closes with a line `N passed, N failed`.
#
# JETTISON  the binary (default: a debug build of this checkout)
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/prepare.sh
need java openjdk-17-jdk-headless nginx nginx-light gunicorn gunicorn curl curl setpriv util-linux python3 python3 pgrep procps
if [ -z "${JETTISON:-}" ]; then
  need_build
  cargo build --quiet --locked --package jettison
  JETTISON=${CARGO_TARGET_DIR:-target}/debug/jettison
fi
JETTISON=$(readlink -f "$JETTISON")
seeds=$PWD/crates/jettison-lint/tests/seeds
work=$(mktemp -d)
chmod 755 "$work"
PASSED=0 FAILED=0 PID=
cleanup() {
  [ -z "$PID" ] || kill "$PID" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT
# check LABEL COMMAND...: passes when the command does; shows its output when not.
check() {
  local label=$1
  shift
  if "$@" >"$work/log" 2>&1; then
    PASSED=$((PASSED + 1)) && echo "ok   $label"
  else
    FAILED=$((FAILED + 1)) && echo "FAIL $label" && sed 's/^/     /' "$work/log"
  fi
}
fails() { ! "$@"; }
# page PORT: what is served there, once something is.
page() {
  for _ in $(seq 200); do
    curl --silent --noproxy '*' --max-time 10 "http://127.0.0.1:$1/" && return 0
    sleep 0.05
  done
  return 1
}

# command FILE: the words of the last CMD or ENTRYPOINT, one a line.
command_of() {
  python3 - "$1" <<'PY'
import json, re, sys
lines = [line for line in open(sys.argv[1]) if not line.lstrip().startswith("#")]
text = re.sub(r"\\\n", " ", "".join(lines))
for word in json.loads(re.findall(r"^(?:CMD|ENTRYPOINT) (\[.*\])$", text, re.M)[-1]):
    print(word)
PY
}

# Java: the options of the fixed files are taken; each that is an error in the shown ones keeps the JVM from starting.
java_options() { command_of "$1" | sed -n '2,$p' | sed '/^-jar$/,$d'; }
for block in a3-java b10-java-options; do
  mapfile -t options < <(java_options "$seeds/$block/fixed/Dockerfile")
  variable=$(sed -n 's/^ENV JAVA_TOOL_OPTIONS="\(.*\)"$/\1/p' "$seeds/$block/fixed/Dockerfile")
  check "$block: a JVM takes what was fixed" env JAVA_TOOL_OPTIONS="$variable" java "${options[@]}" -version
done
errors() {
  "$JETTISON" lint --format json "$seeds/$1/shown/Dockerfile" | python3 -c '
import json, sys
lines = open(sys.argv[1]).read().split("\n")
for one in json.load(sys.stdin)["findings"]:
    if one["level"] == "error" and one["rule"].startswith("JT-java"):
        print(lines[one["line"] - 1][one["column"] - 1 : one["endColumn"] - 1].strip("\""))' "$seeds/$1/shown/Dockerfile"
}
count=0
for block in a3-java b10-java-options; do
  while read -r option; do
    count=$((count + 1))
    check "$block: a JVM refuses $option" fails java "$option" -version
  done < <(errors "$block")
done
check "of eight such options none is left out" test "$count" = 8

# nginx: without root, two workers, whatever the number of CPUs.
for block in a1-nginx a2-nginx-alpine b14-wrapper b15-passwords; do
  conf=$seeds/$block/fixed/nginx.conf
  rm -f /tmp/nginx.pid
  mkdir -p "$work/nginx"
  : >"$work/nginx.log"
  chown 33:33 "$work/nginx" "$work/nginx.log"
  temporary=$(for kind in client_body proxy fastcgi uwsgi scgi; do printf '%s_temp_path %s/nginx/%s; ' $kind "$work" $kind; done)
  sed "s|^http {|http { $temporary|" "$conf" >"$work/nginx.conf"
  setpriv --reuid 33 --regid 33 --clear-groups nginx -e /dev/stderr -c "$work/nginx.conf" -g 'daemon off;' >"$work/nginx.log" 2>&1 &
  PID=$!
  answers() { page 8080 >/dev/null || { cat "$work/nginx.log" && false; }; }
  check "$block: nginx answers on 8080 without being root" answers
  check "$block: it has two workers" test "$(pgrep -c -P "$PID")" = 2
  kill "$PID" 2>/dev/null || true
  wait "$PID" || true
  PID=
done

# A wrapper script: the program itself gets the signal, if it was started with exec.
mkdir -p "$work/bin"
cat >"$work/bin/nginx" <<'SH'
#!/bin/sh
trap 'echo told >"$MARK"; exit 42' TERM
touch "$MARK.ready"
for _ in $(seq 200); do sleep 0.05; done
SH
chmod +x "$work/bin/nginx"
signalled() {
  export MARK=$work/mark-$1
  PATH=$work/bin:$PATH sh "$seeds/b14-wrapper/$1/start.sh" &
  local shell=$!
  for _ in $(seq 100); do [ -e "$MARK.ready" ] && break || sleep 0.05; done
  kill -TERM "$shell"
  wait "$shell" || true
  sleep 0.3
  pgrep -f "$work/bin/nginx" | xargs -r kill -KILL || true
  [ "$(cat "$MARK" 2>/dev/null)" = told ]
}
check "b14-wrapper: with exec the program is told to stop" signalled fixed
check "b14-wrapper: without it, it is not" fails signalled shown

# gunicorn: the heartbeat file is in memory.
mapfile -t words < <(command_of "$seeds/b11-python/fixed/Dockerfile")
(cd "$seeds/b11-python/fixed" && PYTHONDONTWRITEBYTECODE=1 exec setpriv --reuid 10001 --regid 10001 --clear-groups "${words[@]}") >"$work/gunicorn.log" 2>&1 &
PID=$!
hello() { [ "$(page 8000)" = hello ] || { cat "$work/gunicorn.log" && false; }; }
check "b11-python: gunicorn answers without being root" hello
in_memory() { ls -l /proc/"$(pgrep -P "$PID" | head -1)"/fd | grep /dev/shm/; }
check "b11-python: its heartbeat file is in /dev/shm" in_memory
kill "$PID" 2>/dev/null || true
wait "$PID" || true
PID=

echo "$PASSED passed, $FAILED failed"
[ "$FAILED" = 0 ]
