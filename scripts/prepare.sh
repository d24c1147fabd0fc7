#!/usr/bin/env bash
# What the tests and the demo need from the machine, found or installed. Sourced, not run.
# need TOOL PACKAGE [TOOL PACKAGE ...]: installs missing Debian packages as root; otherwise says what to install.

need() {
  local missing=()
  while [ $# -ge 2 ]; do
    # Tools of the system live in sbin, which an ordinary user's PATH may lack.
    PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null 2>&1 || missing+=("$2")
    shift 2
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing: ${missing[*]}" >&2
    apt-get update -qq >&2
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
  else
    echo "missing: ${missing[*]}" >&2
    echo "install them (Debian, Ubuntu: sudo apt-get install ${missing[*]}) and run this again" >&2
    return 1
  fi
}

need_cargo() {
  if ! command -v cargo >/dev/null; then
    [ -x "$HOME/.cargo/bin/cargo" ] && export PATH="$HOME/.cargo/bin:$PATH" && return 0
    echo "cargo is missing: install Rust (https://rustup.rs, or your distribution's rustup) and run this again" >&2
    return 1
  fi
}

# A compiler for the few crates that hold C (zstd, ring).
need_build() { need_cargo && need cc gcc; }
