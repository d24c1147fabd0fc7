#!/usr/bin/env bash
# Pull and push of a 190 MB image through a registry on loopback, jettison and skopeo side by side: time, processor time, memory.
#
# RUNS      how often each (default: 5; the median is printed)
# WORK      where files go, on the file system that is to be measured (default: a temporary folder, removed afterwards)
# JETTISON  the binary (default: a release build of this checkout)
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/prepare.sh
need docker-registry docker-registry skopeo skopeo python3 python3
if [ -z "${JETTISON:-}" ]; then
  need_build
  cargo build --quiet --release --locked --package jettison
  JETTISON=${CARGO_TARGET_DIR:-target}/release/jettison
fi
WORK=${WORK:-$(mktemp -d /tmp/jettison-bench-XXXXXX)}
mkdir -p "$WORK"
export JETTISON WORK RUNS=${RUNS:-5}
trap 'rm -rf "$WORK"' EXIT
python3 - <<'PYTHON'
import gzip, hashlib, json, os, random, resource, shutil, socket, statistics, subprocess, time

work, jettison, runs = os.environ["WORK"], os.path.realpath(os.environ["JETTISON"]), int(os.environ["RUNS"])
os.environ.update(HOME=work, JETTISON_STORE=work + "/store", XDG_CACHE_HOME=work + "/cache")


def layout(path, sizes):
    blobs = path + "/blobs/sha256"
    os.makedirs(blobs)

    def add(data, kind):
        digest = hashlib.sha256(data).hexdigest()
        with open(f"{blobs}/{digest}", "wb") as file:
            file.write(data)
        return {"mediaType": "application/vnd.oci.image." + kind, "digest": "sha256:" + digest, "size": len(data)}

    chance = random.Random(1)
    # Stored, not deflated: valid gzip that costs nothing to make.
    layers = [gzip.compress(chance.randbytes(size << 20), 0, mtime=0) for size in sizes]
    config = {"architecture": "amd64", "os": "linux",
              "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(gzip.decompress(one)).hexdigest() for one in layers]}}
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "config": add(json.dumps(config).encode(), "config.v1+json"),
                "layers": [add(one, "layer.v1.tar+gzip") for one in layers]}
    root = add(json.dumps(manifest).encode(), "manifest.v1+json")
    root["annotations"] = {"org.opencontainers.image.ref.name": "1"}
    for name, value in {"oci-layout": {"imageLayoutVersion": "1.0.0"}, "index.json": {"schemaVersion": 2, "manifests": [root]}}.items():
        with open(f"{path}/{name}", "w") as file:
            json.dump(value, file)


def registry(name):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = f"{work}/{name}.yml"
    with open(config, "w") as file:
        file.write(f'version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {work}/{name}}}}}\nhttp: {{addr: "127.0.0.1:{port}", secret: x}}\n')
    child = subprocess.Popen(["docker-registry", "serve", config], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return child, f"127.0.0.1:{port}"
        except OSError:
            time.sleep(0.02)


def measure(command):
    os.sync()
    begin = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = status
    if status != 0:
        raise SystemExit(f"failed: {command}")
    return time.monotonic() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def compare(label, ours, theirs, before):
    results = {"jettison": [], "skopeo": []}
    for run in range(runs):
        # Turn about, so that whatever the machine does meanwhile meets both.
        for name, command in [("jettison", ours), ("skopeo", theirs)][:: 1 if run % 2 else -1]:
            before()
            results[name].append(measure(command))
    medians = {name: [statistics.median(one[i] for one in list_) for i in range(3)] for name, list_ in results.items()}
    (time_, cpu, memory), (their_time, their_cpu, their_memory) = medians["jettison"], medians["skopeo"]
    print(f"{label:28} jettison {time_:6.3f} s {cpu:6.3f} s cpu {memory:5.0f} MiB   skopeo {their_time:6.3f} s {their_cpu:6.3f} s cpu "
          f"{their_memory:5.0f} MiB   time {time_ / their_time:.2f}x memory {memory / their_memory:.2f}x", flush=True)


children = []
try:
    for shape, sizes in {"1 layer": [190], "4 layers": [90, 50, 35, 15]}.items():
        source, out = f"{work}/{shape.split()[0]}", f"{work}/out"
        # In a process of its own: what this one holds would be counted as its children's.
        maker = os.fork()
        if maker == 0:
            layout(source, sizes)
            os._exit(0)
        os.waitpid(maker, 0)
        child, address = registry("r" + shape.split()[0])
        children.append(child)
        image = f"docker://{address}/image:1"

        def fresh():
            shutil.rmtree(out, ignore_errors=True)

        def emptied():
            shutil.rmtree(f"{work}/r{shape.split()[0]}/docker", ignore_errors=True)

        compare(f"push, {shape}", [jettison, "-q", "copy", f"oci:{source}:1", image],
                ["skopeo", "copy", "-q", "--dest-tls-verify=false", f"oci:{source}:1", image], emptied)
        compare(f"pull, {shape}", [jettison, "-q", "copy", image, f"oci:{out}:1"],
                ["skopeo", "copy", "-q", "--src-tls-verify=false", image, f"oci:{out}:1"], fresh)
        compare(f"push unchanged, {shape}", [jettison, "-q", "copy", f"oci:{source}:1", image],
                ["skopeo", "copy", "-q", "--dest-tls-verify=false", f"oci:{source}:1", image], lambda: None)
finally:
    for child in children:
        child.kill()
        child.wait()
PYTHON
