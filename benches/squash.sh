#!/usr/bin/env bash
# Times squashing a whole image into one uncompressed layer, beside docker-squash if an engine and Python are there; and
# accounts for the difference in size, entry by entry. Ends with status 1 if ours is larger than Python's tar of the same tree,
# or than docker-squash's layer and the entries that are missing there.
#
#   benches/squash.sh [ARCHIVE]      default: an image of 2 GB in 13 layers, made here
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
work=${WORK:-$(mktemp -d)}
trap 'rm -rf "$work"' EXIT
if [ $# -gt 0 ]; then
  archive=$1
else
  archive=$work/image.tar
  cargo build --quiet --release --locked --package jettison-testkit --example wasteful_image
  "${CARGO_TARGET_DIR:-target}/release/examples/wasteful_image" "$archive" 1 13 290 210000
fi
[ -s "$archive" ] || { echo "$archive is missing" >&2; exit 1; }
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
    bytes, entries, plain = layers(out)
    print(f"  {name:24} {wall:7.1f} s wall {cpu:7.1f} s CPU {usage.ru_maxrss / 1024:7.0f} MiB peak {bytes / 1e6:9.1f} MB of layers", flush=True)
    os.unlink(out)
    return wall, cpu, bytes, entries, plain

def blocks(bytes):
    return (bytes + 511) // 512 * 512

def layers(archive):
    """Bytes of all layers, the bytes of each entry by its name, and of a tar of the same entries that Python writes."""
    total, plain, entries = 0, 0, {}
    with tarfile.open(archive) as made:
        for name in json.load(made.extractfile("manifest.json"))[0]["Layers"]:
            total += made.getmember(name).size
            plain += 1024
            with tarfile.open(fileobj=made.extractfile(name)) as layer:
                for entry in layer:
                    data = blocks(entry.size) if entry.isreg() else 0
                    entries[entry.name] = entry.offset_data - entry.offset + data
                    plain += len(entry.tobuf(tarfile.PAX_FORMAT)) + data
                    layer.members = []
    return total, entries, plain

def account(ours, theirs):
    """What is in one of them alone explains which is larger."""
    ours_bytes, ours_entries, plain = ours[2:]
    is_lean = ours_bytes <= plain
    print(f"  Python's tar of the same tree: {plain / 1e6:.3f} MB, ours {ours_bytes / 1e6:.3f} MB")
    if theirs:
        theirs_bytes, theirs_entries = theirs[2:4]
        alone = lambda one, other: [one[name] for name in one.keys() - other.keys()]
        lost, added = alone(ours_entries, theirs_entries), alone(theirs_entries, ours_entries)
        same = ours_bytes - sum(lost), theirs_bytes - sum(added)
        print(f"  ours {ours_bytes} bytes, docker-squash's {theirs_bytes}")
        print(f"  missing there: {len(lost)} entries of {sum(lost)} bytes; missing here: {len(added)} of {sum(added)}")
        print(f"  what both have: ours {same[0]} bytes, docker-squash's {same[1]}")
        is_lean = is_lean and same[0] <= same[1]
    if not is_lean:
        sys.exit("ours is larger")

print(f"{os.path.basename(archive)}: {size / 1e6:.0f} MB")
out = f"{work}/out.tar"
def ours(name, source):
    command = [jettison, "squash", "-q", "--all", "--compression", "none", source, "--to", f"docker-archive:{out}"]
    return run(name, command, out)

from_file = ours("jettison, archive", archive)
theirs = None
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
if from_file:
    account(from_file, theirs)
PY
