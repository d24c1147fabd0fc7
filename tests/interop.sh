#!/usr/bin/env bash
# Images between jettison and the programs people have: docker, podman and skopeo, through a real registry. Digests must be
# the same everywhere. Closes with a line `N passed, N failed`.
#
# WORK      where files go (default: a temporary folder, removed afterwards)
# JETTISON  the binary (default: a release build of this checkout)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/.."
. scripts/prepare.sh
need docker-registry docker-registry skopeo skopeo podman podman docker docker.io python3 python3 openssl openssl zstd zstd busybox busybox-static

WORK=${WORK:-$(mktemp -d /tmp/jettison-interop-XXXXXX)}
mkdir -p "$WORK"
PASSED=0
FAILED=0
PIDS=()
REGISTRY=none
cleanup() {
  for pid in "${PIDS[@]}"; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  docker image ls --format '{{.Repository}}:{{.Tag}}' 'interop/*' 2>/dev/null | xargs -r docker image rm -f >/dev/null 2>&1 || true
  docker image ls --format '{{.Repository}}:{{.Tag}}' 2>/dev/null | grep -E "^($REGISTRY|${LOCKED:-none})/" | xargs -r docker image rm -f >/dev/null 2>&1 || true
  podman_ image rm -af >/dev/null 2>&1 || true
  rm -rf "$WORK"
}
trap cleanup EXIT

say() { printf '%s\n' "$*"; }
# check LABEL COMMAND...: passes when the command does; shows its output when not.
check() {
  local label=$1
  shift
  if "$@" >"$WORK/last.log" 2>&1; then
    PASSED=$((PASSED + 1))
    say "ok   $label"
  else
    FAILED=$((FAILED + 1))
    say "FAIL $label"
    tail -n 15 "$WORK/last.log" | sed 's/^/     | /'
  fi
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# registry NAME [CONFIGURATION]: starts one and prints nothing; its address is in REGISTRY_NAME.
registry() {
  local name=$1 more=${2:-} port
  port=$(free_port)
  printf 'version: 0.1\nlog: {level: warn}\nstorage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: "127.0.0.1:%s", secret: x}\n%s\n' \
    "$WORK/$name" "$port" "$more" >"$WORK/$name.yml"
  docker-registry serve "$WORK/$name.yml" >"$WORK/$name.log" 2>&1 &
  PIDS+=($!)
  for _ in $(seq 200); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
    sleep 0.05
  done
  printf -v "$name" '127.0.0.1:%s' "$port"
}

# The engine: one that answers, or our own with its own data folder, ended with this script.
engine() {
  if docker info >/dev/null 2>&1; then return; fi
  need dockerd docker.io iptables iptables
  export DOCKER_HOST=unix://$WORK/docker.socket
  dockerd --host "$DOCKER_HOST" --data-root "$WORK/docker" --exec-root "$WORK/docker-exec" --pidfile "$WORK/docker.pid" \
    >"$WORK/docker.log" 2>&1 &
  PIDS+=($!)
  for _ in $(seq 120); do
    docker info >/dev/null 2>&1 && return
    sleep 0.5
  done
  tail -n 20 "$WORK/docker.log" >&2
  return 1
}

podman_() { podman --root "$WORK/podman" --runroot "$WORK/podman-run" --storage-driver vfs --events-backend none "$@"; }
jettison() { "$JETTISON" --quiet "$@"; }
same() { [ "$1" = "$2" ] || { say "expected $1, found $2"; return 1; }; }
# The digest of what a registry has under a name, found out by skopeo alone.
registry_digest() { skopeo inspect --tls-verify=false --raw "docker://$1" | sha256sum | sed 's/^/sha256:/; s/ .*//'; }

# --- from jettison
pushed_by_jettison() { same "$2@$3" "$(jettison push "oci:$1:1" "$2:1")" && same "$3" "$(registry_digest "$2:1")"; }
skopeo_reads() {
  skopeo copy --quiet --all --src-tls-verify=false "docker://$1:1" "dir:$WORK/dir" && same "$2" "sha256:$(sha256sum <"$WORK/dir/manifest.json" | cut -d' ' -f1)"
  rm -rf "$WORK/dir"
}
podman_reads() {
  podman_ pull --quiet --tls-verify=false "$1:1" && podman_ image inspect --format '{{.RepoDigests}}' "$1:1" | grep -F "$2"
}
docker_reads() { docker pull --quiet "$1:1" && docker image inspect --format '{{.RepoDigests}}' "$1:1" | grep -F "$1@$2"; }

# --- to jettison
pulled_by_jettison() { # NAME DIGEST [ARGS]
  local name=$1 digest=$2
  shift 2
  same "$name@$digest" "$(jettison pull "$@" "$name:1")" && jettison store verify
}
from_skopeo() { # LAYOUT NAME DIGEST
  skopeo copy --quiet --all --dest-tls-verify=false "oci:$1:1" "docker://$2:1" && pulled_by_jettison "$2" "$3" --all || return 1
  # Every byte came through.
  rm -rf "$WORK/back" && jettison copy --all "$2:1" "oci:$WORK/back:1" && diff -r "$1/blobs" "$WORK/back/blobs"
}
from_podman() { # IMAGE NAME COMPRESSION
  podman_ push --quiet --tls-verify=false --compression-format "$3" --digestfile "$WORK/digest" "$1:1" "docker://$2:1" &&
    pulled_by_jettison "$2" "$(cat "$WORK/digest")"
}
from_docker() { # IMAGE NAME
  docker tag "$1:1" "$2:1" && docker push --quiet "$2:1" && pulled_by_jettison "$2" "$(registry_digest "$2:1")"
}

matrix() {
  local compression kind layout digest name
  for compression in gzip zstd; do
    for kind in single index; do
      layout=$WORK/$compression-$kind
      digest=$(python3 "$here/interop/make_layout.py" "$layout" "$compression" "$kind")
      name=$REGISTRY/jettison/$compression-$kind
      check "$compression $kind: jettison pushes it" pushed_by_jettison "$layout" "$name" "$digest"
      check "$compression $kind: skopeo reads it" skopeo_reads "$name" "$digest"
      check "$compression $kind: podman reads it" podman_reads "$name" "$digest"
      check "$compression $kind: skopeo pushes, jettison reads" from_skopeo "$layout" "$REGISTRY/skopeo/$compression-$kind" "$digest"
      check "$compression $kind: podman pushes, jettison reads" from_podman "$name" "$REGISTRY/podman/$compression-$kind" "$compression"
      if [ "$compression" = gzip ]; then
        check "$compression $kind: docker reads it" docker_reads "$name" "$digest"
        check "$compression $kind: docker pushes, jettison reads" from_docker "$name" "$REGISTRY/docker/$compression-$kind"
      fi
    done
  done
}

# --- credentials: each reads what the other wrote
PASSWORD='correct: horse'
denied() { ! jettison push "oci:$WORK/gzip-single:1" "$LOCKED/a:1" && ! docker push "$LOCKED/a:1"; }
login() { jettison login --username alice --password-stdin "$LOCKED" <<<"$PASSWORD"; }
docker_uses_it() { docker tag "$REGISTRY/jettison/gzip-single:1" "$LOCKED/d:1" && docker push --quiet "$LOCKED/d:1"; }
skopeo_uses_it() { skopeo inspect --tls-verify=false --raw "docker://$LOCKED/d:1"; }
# On a terminal the password is asked for, and not shown.
prompted() {
  "$JETTISON" logout "$LOCKED" && python3 "$here/interop/type_password.py" "$PASSWORD" "$JETTISON" login --username alice "$LOCKED" &&
    jettison tags "$LOCKED/d"
}
forgotten() { jettison logout "$LOCKED" && ! jettison tags "$LOCKED/d"; }
of_docker() { docker login --username alice --password-stdin "$LOCKED" <<<"$PASSWORD" && jettison tags "$LOCKED/d" && docker logout "$LOCKED"; }
of_podman() {
  podman_ login --tls-verify=false --authfile "$WORK/auth.json" --username alice --password-stdin "$LOCKED" <<<"$PASSWORD" &&
    jettison tags --authfile "$WORK/auth.json" "$LOCKED/d"
}
credentials() {
  # shellcheck disable=SC2016 # the dollars are bcrypt's
  printf '%s\n' 'alice:$2b$04$eA3jQ7O.3h16qer8zqqHnu/tYcnTKTK.37PABUuSCUtc0yPjcC09S' >"$WORK/htpasswd"
  registry LOCKED "auth: {htpasswd: {realm: test, path: $WORK/htpasswd}}"
  check "credentials: without, nobody may push" denied
  check "credentials: jettison login" login
  check "credentials: jettison uses them" jettison push "oci:$WORK/gzip-single:1" "$LOCKED/a:1"
  check "credentials: docker uses jettison's" docker_uses_it
  check "credentials: skopeo uses jettison's" skopeo_uses_it
  check "credentials: asked for on a terminal, unseen" prompted
  check "credentials: jettison logout" forgotten
  check "credentials: jettison uses docker's" of_docker
  check "credentials: jettison uses podman's" of_podman
}

# --- engines and files: the id of an image is the digest of its config, and the same everywhere
podman_service() {
  # Not by the function: then its own process would be killed, and podman left.
  podman --root "$WORK/podman" --runroot "$WORK/podman-run" --storage-driver vfs --events-backend none \
    system service --time=0 "unix://$WORK/podman.sock" >"$WORK/podman.log" 2>&1 &
  PIDS+=($!)
  export CONTAINER_HOST=unix://$WORK/podman.sock
  for _ in $(seq 200); do
    [ -S "$WORK/podman.sock" ] && return
    sleep 0.05
  done
  cat "$WORK/podman.log"
  return 1
}
id_of() { jettison inspect "$1" --format '{{.Id}}'; }
docker_id() { docker image inspect --format '{{.Id}}' "$1"; }
# podman's client takes CONTAINER_HOST for itself.
podman_id() { (unset CONTAINER_HOST && echo "sha256:$(podman_ image inspect --format '{{.Id}}' "$1")"); }
into_docker() { jettison copy "oci:$1:1" "docker-daemon:$2:1" && same "$(id_of "oci:$1:1")" "$(docker_id "$2:1")"; }
out_of_docker() {
  jettison copy "docker-daemon:$1:1" "$1:1" && same "$(docker_id "$1:1")" "$(id_of "store:$1:1")" && jettison store verify
}
into_podman() { jettison copy "oci:$1:1" "containers-storage:$2:1" && same "$(id_of "oci:$1:1")" "$(podman_id "$2:1")"; }
out_of_podman() { jettison copy "containers-storage:$1:1" "$1-podman:1" && same "$(podman_id "$1:1")" "$(id_of "store:$1-podman:1")"; }
docker_save() { docker save "$1:1" | jettison load --store "$WORK/loaded" && same "$(docker_id "$1:1")" "$(jettison inspect --store "$WORK/loaded" "store:$1:1" --format '{{.Id}}')"; }
jettison_save() {
  docker image rm "$1:1" && jettison save "store:$1:1" | docker load && same "$(id_of "store:$1:1")" "$(docker_id "$1:1")"
}
skopeo_and_the_store() {
  skopeo copy --quiet "oci:$JETTISON_STORE:$1:1" "dir:$WORK/skopeo-dir" && same "$(jettison inspect "store:$1:1" --format '{{.Digest}}')" \
    "sha256:$(sha256sum <"$WORK/skopeo-dir/manifest.json" | cut -d' ' -f1)" && jettison copy "dir:$WORK/skopeo-dir" "$1-dir:1" &&
    same "$(jettison inspect "store:$1:1" --format '{{.Digest}}')" "$(jettison inspect "store:$1-dir:1" --format '{{.Digest}}')"
}
jettison_dir() { jettison copy --all "oci:$WORK/gzip-index:1" "dir:$WORK/own-dir" && skopeo copy --quiet --all "dir:$WORK/own-dir" "oci:$WORK/own-dir-back:1" && diff -r "$WORK/gzip-index/blobs" "$WORK/own-dir-back/blobs"; }
docker_names() { jettison tag "docker-daemon:$1:1" "$1:2" && same "$(docker_id "$1:1")" "$(docker_id "$1:2")" && "$JETTISON" images --docker --format json | grep -F "\"$1\""; }
given_up() { # an image that breaks off in the middle is not loaded
  cp -r "$WORK/gzip-single" "$WORK/damaged"
  local layer
  layer=$(find "$WORK/damaged/blobs" -type f -printf '%s %p\n' | sort -n | tail -1 | cut -d' ' -f2)
  printf x | dd of="$layer" bs=1 seek=100 conv=notrunc status=none
  ! jettison copy "oci:$WORK/damaged:1" docker-daemon:interop/damaged:1 && ! docker image inspect interop/damaged:1
}
series() {
  jettison tag store:interop/app:1 "$REGISTRY/series/app:1.4.2" && jettison tag "store:$REGISTRY/series/app:1.4.2" --series --push "$REGISTRY/series/app" &&
    same "$(printf '1\n1.4\n1.4.2')" "$(jettison tags "$REGISTRY/series/app" | sort)" && same "$(registry_digest "$REGISTRY/series/app:1")" "$(registry_digest "$REGISTRY/series/app:1.4.2")"
}
engines() {
  local name=interop/app
  check "docker: jettison loads into it" into_docker "$WORK/gzip-single" "$name"
  check "docker: zstd too, whatever its age" into_docker "$WORK/zstd-single" interop/zstd
  check "docker: jettison saves out of it" out_of_docker "$name"
  check "docker: docker save, jettison load" docker_save "$name"
  check "docker: jettison save, docker load" jettison_save "$name"
  check "docker: names given by jettison" docker_names "$name"
  check "docker: what breaks off is not loaded" given_up
  check "skopeo reads the store, jettison skopeo's dir:" skopeo_and_the_store "$name"
  check "skopeo reads an index in jettison's dir:" jettison_dir
  check "podman: its service starts" podman_service
  check "podman: jettison loads into it" into_podman "$WORK/gzip-single" localhost/interop/podman
  check "podman: jettison saves out of it" out_of_podman localhost/interop/podman
  check "registry: a series is pushed" series
  unset CONTAINER_HOST
}

# --- an engine behind TLS, which knows its clients: by the variables and by a context
certificates() { # DIR: ca.pem, cert.pem and key.pem of a client; server.pem and server-key.pem
  local dir=$1 name
  mkdir -p "$dir"
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout "$dir/ca-key.pem" -out "$dir/ca.pem"
  printf 'subjectAltName = IP:127.0.0.1\nextendedKeyUsage = serverAuth\n' >"$dir/server.ext"
  printf 'extendedKeyUsage = clientAuth\n' >"$dir/client.ext"
  for name in server client; do
    openssl req -newkey rsa:2048 -nodes -subj "/CN=$name" -keyout "$dir/$name-key.pem" -out "$dir/$name.csr"
    openssl x509 -req -in "$dir/$name.csr" -CA "$dir/ca.pem" -CAkey "$dir/ca-key.pem" -CAcreateserial -days 2 \
      -extfile "$dir/$name.ext" -out "$dir/$name.pem"
  done
  mv "$dir/client.pem" "$dir/cert.pem"
  mv "$dir/client-key.pem" "$dir/key.pem"
}
tls_engine() {
  local dir=$WORK/certificates port
  need dockerd docker.io
  certificates "$dir"
  port=$(free_port)
  dockerd --host "tcp://127.0.0.1:$port" --tlsverify --tlscacert "$dir/ca.pem" --tlscert "$dir/server.pem" --tlskey "$dir/server-key.pem" \
    --data-root "$WORK/tls-docker" --exec-root "$WORK/tls-exec" --pidfile "$WORK/tls.pid" --bridge none --iptables=false \
    >"$WORK/tls-docker.log" 2>&1 &
  PIDS+=($!)
  TLS=(env "DOCKER_HOST=tcp://127.0.0.1:$port" DOCKER_TLS_VERIFY=1 "DOCKER_CERT_PATH=$dir")
  for _ in $(seq 120); do
    "${TLS[@]}" docker version >/dev/null 2>&1 && return
    sleep 0.5
  done
  tail -n 20 "$WORK/tls-docker.log"
  return 1
}
tls_by_variables() {
  "${TLS[@]}" "$JETTISON" --quiet copy "oci:$WORK/gzip-single:1" docker-daemon:interop/tls:1 &&
    same "$(id_of "oci:$WORK/gzip-single:1")" "$("${TLS[@]}" docker image inspect --format '{{.Id}}' interop/tls:1)"
}
tls_by_context() {
  local address=${TLS[1]#DOCKER_HOST=} dir=$WORK/certificates
  env -u DOCKER_HOST docker context create tls --docker "host=$address,ca=$dir/ca.pem,cert=$dir/cert.pem,key=$dir/key.pem" &&
    env -u DOCKER_HOST DOCKER_CONTEXT=tls "$JETTISON" --quiet copy docker-daemon:interop/tls:1 interop/tls:1 &&
    same "$(id_of "oci:$WORK/gzip-single:1")" "$(id_of store:interop/tls:1)"
}
tls_without_certificate() { # one line that says what is wrong
  mkdir -p "$WORK/no-certificate" && cp "$WORK/certificates/ca.pem" "$WORK/no-certificate/"
  ! "${TLS[@]}" DOCKER_CERT_PATH="$WORK/no-certificate" "$JETTISON" copy docker-daemon:interop/tls:1 interop/none:1 2>"$WORK/refused" &&
    cat "$WORK/refused" && same 1 "$(grep -c '^error:' "$WORK/refused")" && grep -i certificate "$WORK/refused"
}
engine_behind_tls() {
  check "docker over TLS: it starts" tls_engine
  check "docker over TLS: by DOCKER_HOST and DOCKER_CERT_PATH" tls_by_variables
  check "docker over TLS: by a context" tls_by_context
  check "docker over TLS: without a certificate" tls_without_certificate
}

# --- squashed images: where a directory became a file, or a mark stands inside a name
files_of() { # ENGINE IMAGE: what a container of it has
  local container
  container=$("$1" create "$2" /none) && "$1" export "$container" | python3 "$here/interop/listed.py" && "$1" rm "$container" >/dev/null
}
loads_the_same() { # ENGINE
  "$1" load -q -i "$WORK/corners.tar" && "$1" load -q -i "$WORK/flat.tar" || return 1
  files_of "$1" interop/corners:1 >"$WORK/before" && files_of "$1" interop/corners:flat >"$WORK/after" || return 1
  [ "$(wc -l <"$WORK/before")" -gt 12 ] && diff "$WORK/before" "$WORK/after"
}
squash_to() { # ARGS: options of squash
  rm -f "$WORK/flat.tar" && jettison squash "$WORK/corners.tar" -t interop/corners:flat --to "docker-archive:$WORK/flat.tar" "$@"
}
squashed_corners() {
  local how
  python3 "$here/interop/make_corners.py" "$WORK/corners.tar" interop/corners:1
  for how in "--all --compression none" "--all --compression gzip" "--range 2..3" "--range 2..4" "--auto --min-saving 0"; do
    # shellcheck disable=SC2086 # several options
    check "squash $how: it is done" squash_to $how
    check "squash $how: the same files in docker" loads_the_same docker
    check "squash $how: the same files in podman" loads_the_same podman_
    check "squash $how: skopeo copies it" skopeo copy --quiet "docker-archive:$WORK/flat.tar" "dir:$WORK/flat"
    rm -rf "$WORK/flat"
  done
}

if [ -z "${JETTISON:-}" ]; then
  need_build
  cargo build --quiet --release --locked --package jettison
  JETTISON=${CARGO_TARGET_DIR:-target}/release/jettison
fi
JETTISON=$(readlink -f "$JETTISON")
export JETTISON_STORE=$WORK/store DOCKER_CONFIG=$WORK/docker-config
mkdir -p "$DOCKER_CONFIG"
# podman wants it to be there.
echo "{}" >"$DOCKER_CONFIG/config.json"
engine
registry REGISTRY
matrix
credentials
engines
engine_behind_tls
squashed_corners
say "$PASSED passed, $FAILED failed"
[ "$FAILED" = 0 ]
