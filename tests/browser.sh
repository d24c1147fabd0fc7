#!/usr/bin/env bash
# The HTML report in a real browser: drawn, zoomed by mouse and keys, searched, and deaf to what an image's names would have it do.
#
#   tests/browser.sh [SCREENSHOTS]      a directory for pictures of it, if somebody wants to look
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/prepare.sh
need chromium chromium python3 python3
python3 -c 'import ensurepip' 2>/dev/null || need - python3-venv
if [ -z "${JETTISON:-}" ]; then
  need_build
  cargo build --quiet --locked --package jettison
  JETTISON=${CARGO_TARGET_DIR:-target}/debug/jettison
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check websocket-client
"$work/venv/bin/python" tests/browser.py "$(readlink -f "$JETTISON")" "$work" ${1:+"$1"}
