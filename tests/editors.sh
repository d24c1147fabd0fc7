#!/usr/bin/env bash
# `jettison lsp` in Neovim, with the settings that docs/editors.md shows for it.
#
# JETTISON  the binary (default: a debug build of this checkout)
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/prepare.sh
need nvim neovim
if [ -z "${JETTISON:-}" ]; then
  need_build
  cargo build --quiet --locked --package jettison
  JETTISON=${CARGO_TARGET_DIR:-target}/debug/jettison
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/bin" "$work/place" "$work/home"
ln -s "$(readlink -f "$JETTISON")" "$work/bin/jettison"

# The settings: the indented block under the line about Debian's Neovim.
awk '/^Neovim 0.7/ { on = 1; next } on && /^    / { print; seen = 1; next } seen && !/^$/ { exit }' docs/editors.md >"$work/settings.lua"
grep -q start_client "$work/settings.lua"

cat >"$work/place/Dockerfile" <<'TEXT'
FROM debian:13
RUN echo 中文𝕏 && sudo make
ENV A 1
ENV B 2
COPY start.sh /
ENTRYPOINT ["/start.sh"]
TEXT
printf '#!/bin/sh\nset -e\nnginx -g "daemon off;"\n' >"$work/place/start.sh"

# Neovim gives its terminal no status when Lua fails: the last line tells.
export PATH=$work/bin:$PATH HOME=$work/home XDG_STATE_HOME=$work/home SETTINGS=$work/settings.lua
(cd "$work/place" && timeout 120 nvim --headless -u NONE -i NONE -c "luafile $OLDPWD/tests/editors.lua" -c 'qa!') >"$work/said" 2>&1 || true
cat "$work/said"
echo
grep -q '^all as it should be$' "$work/said"
