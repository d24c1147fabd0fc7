#!/usr/bin/env bash
# The main job on something real: nginx from Debian packages, slimmed and verified, before and after printed.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/prepare.sh
need_build
need mmdebstrap mmdebstrap curl curl

out=${JETTISON_DEMO_DIR:-out}
mkdir -p "$out"
cargo build --quiet --release --package jettison
jettison=${CARGO_TARGET_DIR:-target}/release/jettison

if ! "$jettison" doctor >/dev/null; then
  "$jettison" doctor
  echo "jettison cannot run images here; the lines above say what is missing and what to do" >&2
  exit 1
fi

rootfs=$out/nginx-rootfs.tar
if [ ! -s "$rootfs" ]; then
  echo "making an nginx image out of Debian packages ($rootfs)"
  if ! mmdebstrap --quiet --variant=minbase --include=nginx,curl,ca-certificates bookworm "$rootfs.part" \
    http://deb.debian.org/debian; then
    rm -f "$rootfs.part"
    echo "mmdebstrap could not make the image: it needs a Debian mirror, and root or user namespaces with uidmap" >&2
    exit 1
  fi
  mv "$rootfs.part" "$rootfs"
fi

"$jettison" slim "rootfs:$rootfs" \
  --cmd 'nginx -g "daemon off;"' --expose 80 --stop-signal SIGQUIT \
  --tag demo/nginx:slim --to "docker-archive:$out/nginx-slim.tar" --report "$out/report.json"

echo
echo "why is libpcre2 there?"
"$jettison" why --report "$out/report.json" /usr/lib/x86_64-linux-gnu/libpcre2-8.so.0 || true
echo
echo "try it:  docker load -i $out/nginx-slim.tar && docker run --rm -p 8080:80 demo/nginx:slim"
