#!/usr/bin/env bash
# Times the main job on a real image: wall and CPU time, peak memory, and the stages of the fastest run.
#
#   benches/slim.sh [ARCHIVE] [RUNS]     default: the nginx test image, five runs
#
# Quote ratios and CPU time: wall times of shared machines vary.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/prepare.sh
need_build
need python3 python3
cargo build --quiet --release --locked --package jettison
jettison=${CARGO_TARGET_DIR:-target}/release/jettison
archive=${1:-/tmp/jettison-images/fat/nginx-static.tar}
runs=${2:-5}
[ -s "$archive" ] || { echo "$archive is missing: make images" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 - "$jettison" "$archive" "$runs" "$work" <<'PY'
import json, os, resource, subprocess, sys, time
jettison, archive, runs, work = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
rows = []
for run in range(runs + 1):  # the first fills the page cache and does not count
    out, report = f"{work}/{run}.tar", f"{work}/{run}.json"
    pid = os.fork()
    begun = time.monotonic()
    if pid == 0:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1); os.dup2(null, 2)
        os.execv(jettison, [jettison, "slim", "--quiet", archive, "--tag", "bench:slim", "--to", f"docker-archive:{out}",
                            "--report", report] + sys.argv[5:])
    _, status, usage = os.wait4(pid, 0)
    wall = time.monotonic() - begun
    if status:
        sys.exit(f"run {run} ended with {os.waitstatus_to_exitcode(status)}: run it by hand to see why")
    if run:
        rows.append((wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, json.load(open(report))))
    os.unlink(out)
rows.sort(key=lambda row: row[0])
median = rows[len(rows) // 2]
print(f"{os.path.basename(archive)}: {os.path.getsize(archive) / 1e6:.0f} MB in, {rows[0][3]['slim']['bytes'] / 1e6:.1f} MB out, {runs} runs")
for name, column in (("wall s", 0), ("CPU s, program included", 1), ("peak MiB", 2)):
    values = sorted(row[column] for row in rows)
    print(f"  {name:24} min {values[0]:7.2f}  median {values[len(values) // 2]:7.2f}  max {values[-1]:7.2f}")
print("  stages of the fastest run")
for stage in rows[0][3]["stages"]:
    print(f"    {stage['wall_ms']:8.0f} ms wall {stage['cpu_ms']:8.0f} ms CPU  {stage['name']}")
PY
