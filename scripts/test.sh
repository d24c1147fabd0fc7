#!/usr/bin/env bash
# Everything CI runs, fast checks first. `scripts/test.sh fast` stops after those.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/prepare.sh
need_build
stage() { printf '\n== %s (%s s)\n' "$*" "$SECONDS"; }

stage format
cargo fmt --all --check
stage lints
cargo clippy --workspace --all-targets --locked --quiet -- -D warnings
stage tidy
cargo xtask tidy

# nextest runs the privileged tests one at a time; cargo's own runner is told to do the same.
if cargo nextest --version >/dev/null 2>&1; then
  run_tests() { cargo nextest run --workspace --locked --profile ci "$@"; }
  fast_only=(-E 'not test(/(^|::)privileged_/)')
  privileged_only=(-E 'test(/(^|::)privileged_/)')
else
  run_tests() { cargo test --workspace --locked --quiet -- --test-threads=1 "$@"; }
  fast_only=(--skip privileged_)
  privileged_only=(privileged_)
fi

# Test images are made of it.
need busybox busybox-static
stage unit tests
run_tests "${fast_only[@]}"
[ "${1:-all}" = fast ] && exit 0

need newuidmap uidmap setpriv util-linux docker-registry docker-registry
stage tests with namespaces
run_tests "${privileged_only[@]}"

stage a terminal
bash tests/explore.sh
bash tests/terminal.sh
stage output for other programs
bash tests/lint-output.sh
stage what the articles show
bash tests/seeds.sh
stage databases of rpm
bash tests/rpm.sh
stage an editor
bash tests/editors.sh
stage a large image
bash tests/analyze.sh
stage a browser
bash tests/browser.sh
stage images
bash tests/images.sh all

stage other programs
bash tests/interop.sh
