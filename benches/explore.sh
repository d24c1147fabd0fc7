#!/usr/bin/env bash
# Times every key of `jettison explore`: model and drawing, on an index of a large image. Ends with status 1 if one takes longer
# than 100 ms.
#
#   benches/explore.sh [ARCHIVE]      default: the largest test image
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/prepare.sh
need_build
archive=${1:-/tmp/jettison-images/fat/node-express.tar}
[ -s "$archive" ] || { echo "$archive is missing: make images" >&2; exit 1; }
cargo bench --quiet --locked --package jettison-explore --bench keys -- "$(readlink -f "$archive")"
