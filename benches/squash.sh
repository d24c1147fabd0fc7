#!/usr/bin/env bash
# Times squashing a whole image into one uncompressed layer, beside docker-squash if an engine and Python are there.
#
#   benches/squash.sh [ARCHIVE]      default: the largest test image
#
# Quote ratios and CPU time: wall times of shared machines vary. docker-squash gets the image out of the engine, so jettison is
# timed with the same source, too; CPU time is then that of both processes, which is why nothing else should use the engine
# meanwhile. Both write an archive and load nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/prepare.sh
need_build
need python3 python3
cargo build --quiet --release --locked --package jettison
jettison=${CARGO_TARGET_DIR:-target}/release/jettison
archive=${1:-/tmp/jettison-images/fat/node-express.tar}
[ -s "$archive" ] || { echo "$archive is missing: make images" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if docker info >/dev/null 2>&1; then
  python3 -m venv "$work/venv" 2>/dev/null && "$work/venv/bin/pip" install -q docker-squash || echo "docker-squash is not measured" >&2
fi
python3 - "$jettison" "$archive" "$work" <<'PY'
import json, os, resource, subprocess, sys, tarfile, time
jettison, archive, work = sys.argv[1:4]
size = os.path.getsize(archive)
with open(archive, "rb") as file:  # the first reader would pay for the disk
    while file.read(1 << 20): pass

def engine():
    """CPU seconds of the Docker engine so far."""
    ticks = os.sysconf("SC_CLK_TCK")
    total = 0.0
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            text = open(f"/proc/{pid}/stat").read()
        except OSError:
            continue
        if "(dockerd)" in text:
            fields = text.rsplit(")", 1)[1].split()
            total += sum(int(field) for field in fields[11:15]) / ticks
    return total

def run(name, command, out):
    before, begun = engine(), time.monotonic()
    pid = os.fork()
    if pid == 0:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1); os.dup2(null, 2)
        os.execv(command[0], command)
    _, status, usage = os.wait4(pid, 0)
    wall = time.monotonic() - begun
    if status:
        print(f"  {name}: ended with {os.waitstatus_to_exitcode(status)}")
        return None
    cpu = usage.ru_utime + usage.ru_stime + (engine() - before if "engine" in name else 0)
    with tarfile.open(out) as made:
        layer = json.load(made.extractfile("manifest.json"))[0]["Layers"]
        bytes = sum(made.getmember(name).size for name in layer)
    print(f"  {name:24} {wall:7.1f} s wall {cpu:7.1f} s CPU {usage.ru_maxrss / 1024:7.0f} MiB peak {bytes / 1e6:9.1f} MB of layers")
    os.unlink(out)
    return wall, cpu

print(f"{os.path.basename(archive)}: {size / 1e6:.0f} MB")
out = f"{work}/out.tar"
def ours(name, source):
    command = [jettison, "squash", "-q", "--all", "--compression", "none", source, "--to", f"docker-archive:{out}"]
    return run(name, command, out)

from_file = ours("jettison, archive", archive)
squash = f"{work}/venv/bin/docker-squash"
if os.path.exists(squash):
    with tarfile.open(archive) as fat:
        tag = json.load(fat.extractfile("manifest.json"))[0]["RepoTags"][0]
    subprocess.run(["docker", "load", "-q", "-i", archive], check=True, stdout=subprocess.DEVNULL)
    from_engine = ours("jettison, engine", f"docker-daemon:{tag}")
    command = [squash, tag, "-t", "bench/squashed:1", "--tmp-dir", f"{work}/tmp", "--load-image", "false", "--output-path", out]
    theirs = run("docker-squash, engine", command, out)
    for name, mine in (("archive", from_file), ("engine", from_engine)):
        if mine and theirs:
            print(f"  ratio, {name}: {theirs[0] / mine[0]:.1f} by wall, {theirs[1] / mine[1]:.1f} by CPU")
PY
