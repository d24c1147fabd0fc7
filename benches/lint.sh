#!/usr/bin/env bash
# Times linting a directory of Dockerfiles as a whole process, in every form of the findings.
#
#   benches/lint.sh DIRECTORY [RUNS]      RUNS of each form (default: 3), of which the one with the least CPU time is shown
#
# Peak memory is the kernel's count of resident pages (ru_maxrss), the program's own code among them, in 10^6 bytes. Quote CPU
# time: wall times of shared machines vary. JETTISON is the binary (default: a release build of this checkout).
set -euo pipefail
[ $# -ge 1 ] || { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
directory=$(readlink -f "$1")
runs=${2:-3}
cd "$(dirname "$0")/.."
. scripts/prepare.sh
need python3 python3
if [ -z "${JETTISON:-}" ]; then
  need_build
  cargo build --quiet --release --locked --package jettison
  JETTISON=${CARGO_TARGET_DIR:-target}/release/jettison
fi
python3 - "$(readlink -f "$JETTISON")" "$directory" "$runs" <<'PY'
import os, subprocess, sys, tempfile, time
jettison, directory, runs = sys.argv[1], sys.argv[2], int(sys.argv[3])
BAR_CPU, BAR_PEAK = 4.0, 60.0  # seconds and 10^6 bytes, for 5,820 files

def run(arguments, out):
    begun = time.monotonic()
    pid = os.fork()
    if pid == 0:
        os.dup2(out.fileno(), 1)
        os.chdir(directory)
        os.execv(jettison, [jettison, "lint", ".", *arguments])
    _, status, usage = os.wait4(pid, 0)
    wall = time.monotonic() - begun
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, 1):
        sys.exit(f"{' '.join(arguments)}: ended with {code}")
    return usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * 1024 / 1e6, os.fstat(out.fileno()).st_size / 1e6

forms = "concise full json sarif github gitlab junit checkstyle rdjson".split()
cases = [(form, ["--format", form]) for form in forms] + [("statistics", ["--statistics"]), ("diff", ["--diff"])]
worst = [0.0, 0.0]
print(f"{'form':12} {'CPU s':>7} {'wall s':>7} {'peak MB':>8} {'output MB':>10}")
for name, arguments in cases:
    measured = []
    for _ in range(runs):
        with tempfile.TemporaryFile() as out:
            measured.append(run(arguments, out))
    cpu, wall, peak, size = min(measured)
    print(f"{name:12} {cpu:7.2f} {wall:7.2f} {max(one[2] for one in measured):8.1f} {size:10.1f}", flush=True)
    if name in forms:
        worst = [max(worst[0], cpu), max(worst[1], *(one[2] for one in measured))]
print(f"of the forms, the most: {worst[0]:.2f} s CPU (bar {BAR_CPU:.0f} s), {worst[1]:.1f} MB (bar {BAR_PEAK:.0f} MB)")
PY
