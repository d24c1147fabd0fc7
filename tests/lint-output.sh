#!/usr/bin/env bash
# What `jettison lint` and `jettison analyze` write for other programs, read by those programs' own readers: SARIF against
# OASIS' schema, by Microsoft's validator and by sarif-tools; JUnit by junitparser; Checkstyle by Danger's plugin for lint reports;
# rdjson by a validator of reviewdog's format; GitHub's commands against what its toolkit writes; GitLab's form as it is documented.
#
# JETTISON  the binary (default: a debug build of this checkout)
# PYTHON    a Python that has jsonschema, junitparser and sarif-tools (default: a temporary environment made by pip)
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/prepare.sh
need python3 python3 node nodejs npm npm
need_cargo
WORK=$(mktemp -d /tmp/jettison-output-XXXXXX)
trap 'rm -rf "$WORK"' EXIT

if [ -z "${JETTISON:-}" ]; then
  need_build
  cargo build --quiet --locked --package jettison
  JETTISON=${CARGO_TARGET_DIR:-target}/debug/jettison
fi
JETTISON=$(readlink -f "$JETTISON")
if [ -z "${PYTHON:-}" ]; then
  # Debian has this apart from Python; there is no program to look for.
  if ! python3 -c 'import ensurepip' 2>/dev/null; then need no-such-program python3-venv; fi
  python3 -m venv "$WORK/venv"
  PYTHON=$WORK/venv/bin/python
  "$PYTHON" -m pip install --quiet --disable-pip-version-check 'jsonschema>=4,<5' 'junitparser>=3,<4' 'sarif-tools>=3,<4'
fi

# OASIS' schema comes with a crate.
mkdir -p "$WORK/schema/src"
cat >"$WORK/schema/Cargo.toml" <<'TOML'
[package]
name = "schema"
version = "0.0.0"
edition = "2021"
[dependencies]
serde-sarif = { version = "=0.8.0", default-features = false }
[workspace]
TOML
echo >"$WORK/schema/src/lib.rs"
(cd "$WORK/schema" && cargo vendor --quiet vendored >/dev/null)

# The other readers: versions and checksums stand in the lock file.
cp -r tests/readers "$WORK/readers"
(cd "$WORK/readers" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)

"$PYTHON" tests/lint-output.py "$JETTISON" "$WORK" "$WORK/schema/vendored/serde-sarif/src/schema.json"
