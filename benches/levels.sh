#!/usr/bin/env bash
# What the rules cost in time: `--keep balanced` against `--keep minimal` on real images, in turns, so that what else the machine
# does strikes both.
#
#   benches/levels.sh [RUNS] [ARCHIVE...]     default: five runs of the nginx and the flask test image
#
# Prints the medians and their ratio. The bar is 1.3.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/prepare.sh
need_build
need python3 python3
if [ -z "${JETTISON:-}" ]; then
  cargo build --quiet --release --locked --package jettison
  JETTISON=${CARGO_TARGET_DIR:-target}/release/jettison
fi
runs=${1:-5}
shift || true
[ $# -gt 0 ] || set -- /tmp/jettison-images/fat/nginx-static.tar /tmp/jettison-images/fat/py-flask.tar
for archive in "$@"; do
  [ -s "$archive" ] || { echo "$archive is missing: make images" >&2; exit 1; }
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 - "$JETTISON" "$work" "$runs" "$@" <<'PY'
import json, os, statistics, sys, time

jettison, work, runs, archives = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]


def run(archive, level):
    """Wall time, CPU time of everything, CPU time of the decisions, and bytes that stay."""
    out, report = f"{work}/slim.tar", f"{work}/report.json"
    begun = time.monotonic()
    pid = os.fork()
    if pid == 0:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        os.environ["XDG_STATE_HOME"] = work
        os.execv(jettison, [jettison, "slim", "--quiet", archive, "--keep", level, "--tag", "bench:slim",
                            "--to", f"docker-archive:{out}", "--report", report])
    _, status, usage = os.wait4(pid, 0)
    wall = time.monotonic() - begun
    # At the minimal level an image may miss what a probe varies: what it cost counts all the same.
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        sys.exit(f"{archive} --keep {level} ended with {os.waitstatus_to_exitcode(status)}: run it by hand to see why")
    facts = json.load(open(report)) if os.path.exists(report) else {"stages": [], "slim": {"bytes": 0}}
    decide = sum(stage["cpu_ms"] for stage in facts["stages"] if stage["name"] == "decide") / 1000
    return wall, usage.ru_utime + usage.ru_stime, decide, facts["slim"]["bytes"]


for archive in archives:
    run(archive, "minimal")  # fills the page cache and does not count
    rows = {"minimal": [], "balanced": []}
    for _ in range(runs):
        for level in rows:
            rows[level].append(run(archive, level))
    print(f"{os.path.basename(archive)}: {runs} runs of each level, in turns")
    medians = {level: [statistics.median(column) for column in zip(*values)] for level, values in rows.items()}
    for at, name in enumerate(("wall s", "CPU s, program included", "CPU s of decisions")):
        minimal, balanced = medians["minimal"][at], medians["balanced"][at]
        print(f"  {name:24} minimal {minimal:6.2f}  balanced {balanced:6.2f}  ratio {balanced / max(minimal, 1e-9):5.2f}")
    print(f"  {'MB that stay':24} minimal {medians['minimal'][3] / 1e6:6.1f}  balanced {medians['balanced'][3] / 1e6:6.1f}")
PY
