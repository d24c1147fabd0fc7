#!/usr/bin/env bash
# An image of 2 GB with known waste, secrets and risks: what `analyze` reports is what was planted, within the memory it may take.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/prepare.sh
need_build
need python3 python3
target=${CARGO_TARGET_DIR:-target}/debug
if [ -z "${JETTISON:-}" ]; then
  cargo build --quiet --locked --package jettison
  JETTISON=$target/jettison
fi
if [ -z "${WASTEFUL_IMAGE:-}" ]; then
  cargo build --quiet --locked --package jettison-testkit --example wasteful_image
  WASTEFUL_IMAGE=$target/examples/wasteful_image
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# within MEGABYTES COMMAND...: fails if the command needs more memory.
within() {
  python3 -c '
import resource, subprocess, sys
subprocess.run(sys.argv[2:], check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
print("  %.0f of %s MiB: %s" % (used, sys.argv[1], sys.argv[2].rsplit("/", 1)[-1]))
sys.exit(used > float(sys.argv[1]))' "$@"
}
within 200 "$WASTEFUL_IMAGE" "$work/image.tar" 1 13 290 210000
export XDG_CACHE_HOME=$work/cache
for run in cold warm; do
  within 150 "$JETTISON" analyze "$work/image.tar" --format json --output "$work/$run.json"
  python3 tests/truth.py "$work/image.tar.truth.json" "$work/$run.json"
done
cmp "$work/cold.json" "$work/warm.json"
