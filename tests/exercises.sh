# shellcheck shell=bash
# Sourced by images.sh: every way to exercise an image, on real software. What each way alone reaches works in the slim image
# in the engine, and does not in the image that was slimmed without it.
#
# The images (exercises/*) read files of a Debian package under names that are put together, each for one way of use.

exercise_archive() { printf 'docker-archive:%s/fat/exercise-%s.tar' "$WORK" "$1"; }

make_exercised() {
  local name
  for name in shop fpm; do
    [ -s "$WORK/fat/exercise-$name.tar" ] && docker image inspect "exercise/$name:fat" >/dev/null 2>&1 && continue
    check "$name: made" env CORPUS_TARS="$WORK/exercise-tars" bash "$here/exercises/$name/make.sh"
    mv "$WORK/exercise-tars/$name.tar" "$WORK/fat/exercise-$name.tar"
  done
}

# exercised NAME TAG ARGS...: slims one of them and loads it.
exercised() {
  local name=$1 tag=exercise/$1:$2 out=$WORK/slim/exercise-$1-$2.tar
  shift 2
  rm -f "$out"
  timeout 600 "$JETTISON" slim --quiet "$(exercise_archive "$name")" --tag "$tag" --to "docker-archive:$out" "$@" && docker load -q -i "$out"
  rm -f "$out"
}

# expect TEXT COMMAND...: the command says it.
expect() {
  local text=$1 said
  shift
  said=$("$@" 2>&1) || true
  case $said in *"$text"*) return 0 ;; esac
  printf 'expected %s, got:\n%s\n' "$text" "$said"
  return 1
}

remove() { docker rm -f "$@" >/dev/null 2>&1 || true; }

# FastCGI as a web server speaks it: fcgi ADDRESS PAGE
fcgi() { SCRIPT_FILENAME=/srv/app$2 SCRIPT_NAME=$2 REQUEST_METHOD=GET cgi-fcgi -bind -connect "$1"; }

# Waits until php-fpm answers, whatever it says: answered ADDRESS
answered() {
  for _ in $(seq 100); do
    [ -n "$(fcgi "$1" /index.php 2>/dev/null)" ] && return
    sleep 0.3
  done
  echo "no answer at $1 within 30 s" >&2
}

# An application behind FastCGI, on a port and on a Unix socket.
exercise_fpm() {
  local page='fastcgi:GET:/terms.php' run=$WORK/fpm-run port
  check "fpm: slimmed by its start page alone" exercised fpm plain
  check "fpm: slimmed on a port" exercised fpm port --http-probe-cmd "$page"
  check "fpm: slimmed on a Unix socket" exercised fpm socket --http-probe-cmd "$page" --cmd 'php-fpm8.2 -F -y /etc/fpm/on-socket.conf'
  remove exercise-fpm
  docker run -d --name exercise-fpm -p 127.0.0.1::9000 exercise/fpm:port >/dev/null
  port=$(docker port exercise-fpm 9000 | sed 's/.*://')
  answered "127.0.0.1:$port"
  check "fpm: its start page in the engine, on a port" expect Harbour fcgi "127.0.0.1:$port" /index.php
  check "fpm: the page that was asked for in the engine" expect 'GENERAL PUBLIC LICENSE' fcgi "127.0.0.1:$port" /terms.php
  remove exercise-fpm
  rm -rf "$run"
  install -d -m 0777 "$run"
  docker run -d --name exercise-fpm -v "$run:/run/php" exercise/fpm:socket >/dev/null
  answered "$run/app-fpm.sock"
  check "fpm: its start page in the engine, on a Unix socket" expect Harbour fcgi "$run/app-fpm.sock" /index.php
  check "fpm: the page behind the socket in the engine" expect 'GENERAL PUBLIC LICENSE' fcgi "$run/app-fpm.sock" /terms.php
  remove exercise-fpm
  docker run -d --name exercise-fpm -p 127.0.0.1::9000 exercise/fpm:plain >/dev/null
  port=$(docker port exercise-fpm 9000 | sed 's/.*://')
  answered "127.0.0.1:$port"
  check "fpm: without the request the page's file is gone" expect 'No such file' fcgi "127.0.0.1:$port" /terms.php
  remove exercise-fpm
}

# One word over a WebSocket and what comes back: chat PORT
chat() {
  python3 - "$1" <<'PY'
import base64, os, socket, sys
stream = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 10)
key = base64.b64encode(os.urandom(16)).decode()
stream.sendall(f"GET /chat HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
               f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode())
head = b""
while b"\r\n\r\n" not in head:
    head += stream.recv(1)
word = b"ahoy"
stream.sendall(bytes([0x81, 0x80 | len(word), 0, 0, 0, 0]) + word)
print(head.decode(), stream.recv(400).decode(errors="replace"))
PY
}

# A database, then the shop in its network: shop TAG; leaves the port in SHOP_PORT.
shop() {
  remove exercise-shop exercise-store
  docker run -d --name exercise-store --add-host store:127.0.0.1 -p 127.0.0.1::8000 jcorpus/redis:fat >/dev/null
  SHOP_PORT=$(docker port exercise-store 8000 | sed 's/.*://')
  docker run -d --name exercise-shop --network container:exercise-store "exercise/shop:$1" >/dev/null
  for _ in $(seq 150); do
    curl -fsS --noproxy '*' "http://127.0.0.1:$SHOP_PORT/" >/dev/null 2>&1 && return
    sleep 0.2
  done
  docker logs exercise-shop
  return 1
}

order() { curl -sS --noproxy '*' -H 'Content-Type: application/json' -d '{"code": "AB-1234"}' "http://127.0.0.1:$SHOP_PORT/orders"; }
page() { curl -sS --noproxy '*' "http://127.0.0.1:$SHOP_PORT$1"; }
migrate() { docker run --rm --network container:exercise-store "exercise/shop:$1" manage.py migrate; }

# The shop as a person and a CI would exercise it, all at once; the person's browser is curl.
exercised_by_all() {
  local log=$WORK/exercise.log input=$WORK/exercise-input out=$WORK/slim/exercise-shop.tar url job
  rm -f "$input" "$out"
  mkfifo "$input"
  exec 8<>"$input"
  timeout 600 "$JETTISON" slim "$(exercise_archive shop)" --tag exercise/shop:all --to "docker-archive:$out" \
    --compose-file "$here/exercises/shop/compose.yaml" --compose-service web --compose-image "store=docker-archive:$WORK/fat/redis.tar" \
    --http-probe-apispec /openapi.json --http-probe-ws '/chat ahoy' --also-run 'manage.py migrate' \
    --host-exec 'curl -fsS --noproxy "*" "${JETTISON_URL}report"' \
    --publish 127.0.0.1:0:8000 --continue-after enter <&8 >"$log" 2>&1 &
  job=$!
  for _ in $(seq 600); do
    url=$(sed -n 's|.*the image is at \(http://[0-9.:]*/\).*|\1|p' "$log" | head -n 1)
    [ -n "$url" ] && break
    kill -0 "$job" 2>/dev/null || break
    sleep 0.2
  done
  [ -n "$url" ] && curl -fsS --noproxy '*' "${url}by-hand"
  echo >&8
  exec 8>&-
  wait "$job" || { cat "$log"; return 1; }
  cat "$log"
  docker load -q -i "$out"
  rm -f "$input" "$out"
  grep -qE '[0-9]+ requests, 3 commands, 1 socket: equal' "$log"
}

exercise_shop() {
  local beside="docker-archive:$WORK/fat/redis.tar=store"
  check "shop: slimmed beside a database" exercised shop plain --with "$beside"
  check "shop: slimmed with every way to exercise it" exercised_by_all
  check "shop: starts in the engine" shop all
  check "shop: an order that fits the API's pattern" expect 'GENERAL PUBLIC LICENSE' order
  check "shop: the WebSocket" expect 'ahoy Mozilla Public License' chat "$SHOP_PORT"
  check "shop: what the test on this machine asked for" expect 'GENERAL PUBLIC LICENSE' page /report
  check "shop: what a person looked at" expect 'Artistic' page /by-hand
  check "shop: the further command" expect 'migrated under' migrate all
  check "shop: slimmed without, it starts as well" shop plain
  check "shop: slimmed without, orders fail" expect 'Internal Server Error' order
  check "shop: slimmed without, the page of the test fails" expect 'Internal Server Error' page /report
  check "shop: slimmed without, the page of the person fails" expect 'Internal Server Error' page /by-hand
  check "shop: slimmed without, the further command fails" expect 'No such file' migrate plain
  remove exercise-shop exercise-store
}

exercise_all() {
  make_exercised
  exercise_fpm
  exercise_shop
  docker rmi exercise/fpm:plain exercise/fpm:port exercise/fpm:socket exercise/shop:plain exercise/shop:all >/dev/null 2>&1 || true
}
