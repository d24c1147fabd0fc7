#!/usr/bin/env bash
# Real images: made from Debian, PyPI and npm packages in a Docker engine, slimmed by jettison, and checked in the engine.
#
#   tests/images.sh build              make the fat images (once; later runs reuse their archives)
#   tests/images.sh all                everything below, and a closing line `N passed, N failed`
#   tests/images.sh alarms [NAME]      look for secrets in the archives of one image, or all; needs no engine
#   tests/images.sh squash [NAME]      squash one image, or all, and hold them against what they were
#   tests/images.sh slim NAME [LEVEL]  slim one image and run its check.sh at that level (basic or full)
#   tests/images.sh hardened [NAME]    slim one image, or all, and run it as strict hosts do, beside the fat one
#   tests/images.sh more               make, slim and check the images of tests/corpus-more
#   tests/images.sh exercise           make, slim and check the images of tests/exercises
#
# IMAGES    which (default: all six)
# MORE      which of tests/corpus-more (default: all of them; `all` takes two that cost little)
# WORK      where archives and results go (default: /tmp/jettison-images)
# JETTISON  the binary (default: a release build of this checkout)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/.."
. scripts/prepare.sh
. tests/exercises.sh

IMAGES=${IMAGES:-nginx-static edge-cases redis java-http py-flask node-express}
WORK=${WORK:-/tmp/jettison-images}
export CORPUS_BUILD=$WORK/build CORPUS_TARS=$WORK/fat
PASSED=0
FAILED=0
mkdir -p "$WORK/fat" "$WORK/fat-more" "$WORK/slim" "$WORK/build"

say() { printf '%s\n' "$*"; }
ok() { PASSED=$((PASSED + 1)); say "ok   $*"; }
bad() { FAILED=$((FAILED + 1)); say "FAIL $*"; }
# check LABEL COMMAND...: passes when the command does; shows its output when not.
check() {
  local label=$1
  shift
  if "$@" >"$WORK/last.log" 2>&1; then ok "$label"; else bad "$label"; tail -n 25 "$WORK/last.log" | sed 's/^/     | /'; fi
}

# The engine: one that answers, or our own with its own data folder, ended with this script.
engine() {
  if docker info >/dev/null 2>&1; then return; fi
  need dockerd docker.io docker docker.io iptables iptables
  local dir=$WORK/engine
  mkdir -p "$dir"
  export DOCKER_HOST=unix://$dir/socket
  dockerd --host "$DOCKER_HOST" --data-root "$dir/data" --exec-root "$dir/exec" --pidfile "$dir/pid" >"$dir/log" 2>&1 &
  ENGINE_PID=$!
  trap 'kill "$ENGINE_PID" 2>/dev/null; wait "$ENGINE_PID" 2>/dev/null || true' EXIT
  for _ in $(seq 120); do
    docker info >/dev/null 2>&1 && return
    kill -0 "$ENGINE_PID" 2>/dev/null || break
    sleep 0.5
  done
  tail -n 20 "$dir/log" >&2
  say "the Docker engine does not start; its log is above" >&2
  exit 1
}

build() {
  engine
  need mmdebstrap mmdebstrap curl curl python3 python3 npm npm javac openjdk-17-jdk-headless jar openjdk-17-jdk-headless
  python3 -m pip --version >/dev/null 2>&1 || need pip3 python3-pip
  local name
  for name in $IMAGES; do
    [ -s "$WORK/fat/$name.tar" ] && docker image inspect "jcorpus/$name:fat" >/dev/null 2>&1 && continue
    say "making $name"
    bash "$here/corpus/$name/make.sh" >"$WORK/build-$name.log" 2>&1 || {
      tail -n 30 "$WORK/build-$name.log"
      say "cannot make $name; $WORK/build-$name.log has the whole story" >&2
      exit 1
    }
  done
}

binary() {
  if [ -z "${JETTISON:-}" ]; then
    need_build
    cargo build --quiet --release --locked --package jettison
    JETTISON=${CARGO_TARGET_DIR:-target}/release/jettison
  fi
  JETTISON=$(readlink -f "$JETTISON")
  export JETTISON XDG_STATE_HOME=$WORK/state
}

# slim NAME TAG OUT [ARGS...]
slim() {
  local name=$1 tag=$2 out=$3
  shift 3
  timeout 600 "$JETTISON" slim --quiet "docker-archive:$WORK/fat/$name.tar" --tag "$tag" --to "docker-archive:$out" "$@"
}

image_id() { tar -xOf "$1" manifest.json | python3 -c 'import json,sys; print(json.load(sys.stdin)[0]["Config"])'; }

# One image: slimmed with defaults, loaded into a real engine, checked; the same bytes a second time; under its profile.
one() {
  local name=$1 level=${2:-full} out=$WORK/slim/$1.tar
  check "$name: slimmed and verified" slim "$name" "jcorpus/$name:slim" "$out" --report "$WORK/slim/$name.json" --copy-meta-artifacts "$WORK/slim/$name" \
    --sbom "$WORK/slim/$name.cdx.json"
  [ -s "$out" ] || return 0
  check "$name: loads into the engine" docker load -q -i "$out"
  check "$name: works in the engine ($level)" "$here/corpus/$name/check.sh" "jcorpus/$name:slim" "$level"
  check "$name: skopeo reads it" skopeo inspect --raw "docker-archive:$out"
  check "$name: a second run gives the same image" again "$name" "$out"
  check "$name: with the rest it is the fat image again" whole "$name"
  check "$name: its bills of materials are valid and name what dpkg lists" bills "$name"
  check "$name: starts under its seccomp profile" under_profile "$name"
  say "     $name: $(docker image inspect -f '{{.Size}}' "jcorpus/$name:fat") -> $(docker image inspect -f '{{.Size}}' "jcorpus/$name:slim") bytes"
}

again() {
  slim "$1" "jcorpus/$1:slim" "$WORK/slim/$1-again.tar" --sbom "$WORK/slim/$1.spdx.json" --sbom-format spdx \
    --rest "$WORK/slim/$1-rest.tar"
  [ "$(image_id "$2")" = "$(image_id "$WORK/slim/$1-again.tar")" ]
  rm -f "$WORK/slim/$1-again.tar"
}

# Everything given back has the fat image's id, and with it its configuration and every byte of its layers; and a directory
# of what was dropped comes back alone. The engine takes the rest, which is an image too.
whole() {
  local dir=$WORK/slim name=$1
  "$JETTISON" restore --quiet "$dir/$name.tar" --rest "$dir/$name-rest.tar" --compression none --to "docker-archive:$dir/$name-whole.tar"
  [ "$(image_id "$dir/$name-whole.tar" | tr -dc 0-9a-f | tail -c 64)" = "$(docker image inspect -f '{{.Id}}' "jcorpus/$name:fat" | cut -d: -f2)" ]
  rm -f "$dir/$name-whole.tar"
  "$JETTISON" restore --quiet "$dir/$name.tar" --rest "$dir/$name-rest.tar" /usr/share/doc --to "docker-archive:$dir/$name-some.tar" --tag "jcorpus/$name:some"
  docker load -q -i "$dir/$name-some.tar"
  docker rmi "jcorpus/$name:some"
  if [ "$name" = edge-cases ]; then
    docker load -q -i "$dir/$name-rest.tar"
    docker rmi "jcorpus/$name:slim-rest"
  fi
  rm -f "$dir/$name-rest.tar" "$dir/$name-some.tar"
}

# Both bills against their schemas and against Debian's own dpkg, on the database that is in the slim image.
bills() {
  local name=$1 admindir=$WORK/slim/$1-dpkg container
  if [ ! -x "$WORK/validators/bin/python" ]; then
    need dpkg dpkg python3 python3
    python3 -c 'import ensurepip' 2>/dev/null || need ensurepip python3-venv
    python3 -m venv "$WORK/validators"
    "$WORK/validators/bin/pip" -q install 'cyclonedx-python-lib[json-validation]==11.12.0' spdx-tools==0.8.5
  fi
  rm -rf "$admindir"
  mkdir -p "$admindir"
  container=$(docker create "jcorpus/$name:slim")
  docker cp "$container:/var/lib/dpkg/." "$admindir" || true
  docker rm "$container"
  "$WORK/validators/bin/python" "$here/bills.py" "$WORK/slim/$name.cdx.json" "$WORK/slim/$name.spdx.json" "$admindir"
}

# The basic check, with the generated profile in force.
under_profile() {
  local profile
  profile=$(echo "$WORK/slim/$1"/*-seccomp.json)
  cat >"$WORK/profiled" <<SH
#!/bin/sh
[ "\$1" = run ] && { shift; exec docker run --security-opt "seccomp=$profile" "\$@"; }
exec docker "\$@"
SH
  chmod +x "$WORK/profiled"
  ENGINE=$WORK/profiled "$here/corpus/$1/check.sh" "jcorpus/$1:slim" basic
}

# What works in the fat image on a strict host works in the slim one: without a writable root, as a user that is in no
# table, without capabilities, with empty directories mounted where programs write, without a network.
hardened() {
  local name=$1 flags kind number=0 dir=$WORK/hardened
  mkdir -p "$dir"
  docker image inspect "jcorpus/$name:slim" >/dev/null 2>&1 || {
    check "$name: slimmed and verified" slim "$name" "jcorpus/$name:slim" "$dir/slim.tar"
    check "$name: loads into the engine" docker load -q -i "$dir/slim.tar"
    rm -f "$dir/slim.tar"
  }
  while read -r flags; do
    number=$((number + 1))
    printf '#!/bin/sh\n[ "$1" = run ] && { shift; exec docker run %s "$@"; }\nexec docker "$@"\n' "$flags" >"$dir/engine"
    chmod +x "$dir/engine"
    for kind in fat slim; do
      # Some checks fail there in both.
      { ENGINE=$dir/engine timeout 300 "$here/corpus/$name/check.sh" "jcorpus/$name:$kind" full 2>&1 || true; } |
        sed -n 's/^ok   \([^(]*\).*/\1/p' | sort >"$dir/$name-$number-$kind.txt"
    done
    if [ ! -s "$dir/$name-$number-fat.txt" ]; then
      say "$name: nothing to compare with $flags: no check passes in the fat image"
      continue
    fi
    check "$name: as in the fat image, $(wc -l <"$dir/$name-$number-fat.txt") checks pass with $flags" \
      diff "$dir/$name-$number-fat.txt" "$dir/$name-$number-slim.txt"
  done <<'FLAGS'
--read-only --tmpfs /tmp --tmpfs /run --tmpfs /var/lib/nginx
--user 12345:0
--user 12345:0 --cap-drop ALL --security-opt no-new-privileges
--cap-drop ALL
--tmpfs /run --tmpfs /tmp --tmpfs /var/tmp
--network none
--init --hostname other -e TZ=Asia/Tokyo -e LANG=de_DE.UTF-8
FLAGS
}

# The same as an ordinary user: with subordinate ids, and without. The user exists only in a mount namespace of its own, in
# which /dev/fuse is open to all as distributions have it (udev's 50-udev-default.rules): nothing of the host changes.
rootless() {
  local name=$1 kind=$2 id=58231 dir=$WORK/rootless-$2
  rm -rf "$dir"
  install -d -m 0755 -o "$id" -g "$id" "$dir" "$dir/home"
  install -d -m 0755 "$dir/etc"
  chmod a+rx "$WORK" "$WORK/fat"
  chmod a+r "$WORK/fat/$name.tar"
  install -m 0755 "$JETTISON" "$dir/jettison"
  { cat /etc/passwd; echo "jettison-test:x:$id:$id::$dir/home:/bin/sh"; } >"$dir/etc/passwd"
  : >"$dir/etc/subid"
  [ "$kind" = subids ] && echo "jettison-test:1879048192:65536" >"$dir/etc/subid"
  touch /etc/subuid /etc/subgid
  unshare --mount --propagation private sh -euc '
    mount -t tmpfs none /mnt
    mknod -m 0666 /mnt/fuse c 10 229
    mount --bind /mnt/fuse /dev/fuse
    mount --bind "$1/etc/passwd" /etc/passwd
    mount --bind "$1/etc/subid" /etc/subuid
    mount --bind "$1/etc/subid" /etc/subgid
    exec setpriv --reuid "$2" --regid "$2" --clear-groups env -i HOME="$1/home" PATH="$PATH" TMPDIR="$1" \
      timeout 900 "$1/jettison" slim --quiet "$3" --tag "$4" --to "docker-archive:$1/slim.tar"
  ' sh "$dir" "$id" "$WORK/fat/$name.tar" "jcorpus/$name:slim-$kind"
  docker load -q -i "$dir/slim.tar"
  "$here/corpus/$name/check.sh" "jcorpus/$name:slim-$kind" basic
}

# Software that jettison was not made for: slimmed with defaults, loaded, put through its whole check. A check that asks for
# what nothing in an image names is listed in the image's `known.txt`, with the reason; it may fail, and no other.
more() {
  local name out=$WORK/slim/more.tar
  for name in "$@"; do
    if [ ! -s "$WORK/fat-more/$name.tar" ] || ! docker image inspect "more/$name:fat" >/dev/null 2>&1; then
      check "$name: made" env CORPUS_TARS="$WORK/fat-more" bash "$here/corpus-more/$name/make.sh"
    fi
    rm -f "$out"
    check "$name: slimmed and verified" timeout 900 "$JETTISON" slim --quiet "docker-archive:$WORK/fat-more/$name.tar" \
      --tag "more/$name:slim" --to "docker-archive:$out" --report "$WORK/slim/more-$name.json"
    [ -s "$out" ] || continue
    check "$name: loads into the engine" docker load -q -i "$out"
    check "$name: works in the engine" works "$name"
    say "     $name: $(docker image inspect -f '{{.Size}}' "more/$name:fat") -> $(docker image inspect -f '{{.Size}}' "more/$name:slim") bytes, $(tail -n 1 "$WORK/slim/more-$name.txt")"
  done
  rm -f "$out"
}

works() {
  local results=$WORK/slim/more-$1.txt known=$here/corpus-more/$1/known.txt
  "$here/corpus-more/$1/check.sh" "more/$1:slim" full >"$results" 2>&1 && return
  cat "$results"
  [ -s "$known" ] && grep -qE '^[0-9]+ passed' "$results" || return 1
  ! sed -n 's/^FAIL \([^:]*\):.*/\1/p' "$results" | grep -vxF -f <(cut -d: -f1 "$known")
}

# One image in one layer: the same files and configuration to another reader, in Docker, podman and skopeo.
squashed() {
  local name=$1 out=$WORK/slim/$1-squashed.tar
  check "$name: squashed into one layer" timeout 600 "$JETTISON" squash --quiet --all "docker-archive:$WORK/fat/$name.tar" \
    --compression none --tag "jcorpus/$name:squashed" --to "docker-archive:$out"
  [ -s "$out" ] || return 0
  check "$name: squashed, it holds the same files and configuration" python3 "$here/squashed.py" "$WORK/fat/$name.tar" "$out"
  check "$name: squashed, it loads into the engine" docker load -q -i "$out"
  check "$name: squashed, it works in the engine" "$here/corpus/$name/check.sh" "jcorpus/$name:squashed" basic
  check "$name: squashed, skopeo reads it" skopeo inspect "docker-archive:$out"
  if command -v podman >/dev/null; then
    check "$name: squashed, podman loads it" podman --root "$WORK/podman" --runroot "$WORK/podman-run" load -q -i "$out"
    rm -rf "$WORK/podman" "$WORK/podman-run" 2>/dev/null || true
  fi
  docker rmi "jcorpus/$name:squashed" >/dev/null 2>&1 || true
  rm -f "$out"
}

# What `analyze` reports as secrets: nginx-static has the key that its Dockerfile makes, the others have none.
alarms() {
  local name=$1 report=$WORK/slim/$1-analysis.json planted=
  [ "$name" != nginx-static ] || planted='high pkcs8-key /etc/nginx/key.pem'
  rm -rf "$WORK/alarms"
  mkdir "$WORK/alarms" &&
    XDG_CACHE_HOME=$WORK/alarms "$JETTISON" analyze --quiet "docker-archive:$WORK/fat/$name.tar" --format json --output "$report" &&
    reported "$report" >"$WORK/alarms/reported" &&
    diff <(printf '%s' "${planted:+$planted$'\n'}") "$WORK/alarms/reported"
}

# reported REPORT: its secrets, one place a line.
reported() {
  python3 - "$1" <<'PY'
import json, sys

for secret in json.load(open(sys.argv[1]))["secrets"]:
    for place in secret["places"]:
        print(secret["level"], secret["rule"], place.get("path") or place)
PY
}

all() {
  build
  need skopeo skopeo newuidmap uidmap setpriv util-linux
  binary
  local name
  for name in $IMAGES; do check "$name: no secret is reported that nobody planted" alarms "$name"; done
  for name in $IMAGES; do one "$name" full; done
  # Each takes as many full checks as there are kinds of hosts, twice; HARDENED_IMAGES="$IMAGES" runs all.
  for name in ${HARDENED_IMAGES:-edge-cases redis}; do hardened "$name"; done
  # The others are larger, not different; SQUASH_IMAGES="$IMAGES" squashes all.
  for name in ${SQUASH_IMAGES:-edge-cases redis}; do squashed "$name"; done
  for name in ${ROOTLESS_IMAGES:-$IMAGES}; do
    check "$name: as an ordinary user with subordinate ids" rootless "$name" subids
    check "$name: as an ordinary user with one id" rootless "$name" single
  done
  more ${MORE:-mosquitto perl-mojo}
  need cgi-fcgi libfcgi-bin
  exercise_all
  say "$PASSED passed, $FAILED failed"
  [ "$FAILED" = 0 ]
}

case ${1:-all} in
  build) build ;;
  all) all ;;
  slim)
    build
    need skopeo skopeo
    binary
    one "${2:?which image}" "${3:-full}"
    say "$PASSED passed, $FAILED failed"
    [ "$FAILED" = 0 ]
    ;;
  more)
    engine
    need mmdebstrap mmdebstrap curl curl python3 python3 npm npm git git ssh openssh-client file file rsync rsync
    binary
    more ${MORE:-$(cd "$here/corpus-more" && ls)}
    say "$PASSED passed, $FAILED failed"
    [ "$FAILED" = 0 ]
    ;;
  exercise)
    IMAGES=redis
    build
    need cgi-fcgi libfcgi-bin
    binary
    exercise_all
    say "$PASSED passed, $FAILED failed"
    [ "$FAILED" = 0 ]
    ;;
  hardened)
    build
    binary
    for name in ${2:-$IMAGES}; do hardened "$name"; done
    say "$PASSED passed, $FAILED failed"
    [ "$FAILED" = 0 ]
    ;;
  alarms)
    binary
    for name in ${2:-$IMAGES}; do check "$name: no secret is reported that nobody planted" alarms "$name"; done
    say "$PASSED passed, $FAILED failed"
    [ "$FAILED" = 0 ]
    ;;
  squash)
    build
    need skopeo skopeo podman podman
    binary
    for name in ${2:-$IMAGES}; do squashed "$name"; done
    say "$PASSED passed, $FAILED failed"
    [ "$FAILED" = 0 ]
    ;;
  *)
    sed -n '2,18p' "$0"
    exit 2
    ;;
esac
