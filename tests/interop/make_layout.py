#!/usr/bin/env python3
"""Makes an OCI layout by hand: make_layout.py DIR gzip|zstd single|index. Prints the digest of its image or index."""
import gzip, hashlib, io, json, os, subprocess, sys, tarfile

out, compression, kind = sys.argv[1:4]
blobs = os.path.join(out, "blobs", "sha256")
os.makedirs(blobs, exist_ok=True)


def add(data, media_type, **more):
    digest = hashlib.sha256(data).hexdigest()
    with open(os.path.join(blobs, digest), "wb") as file:
        file.write(data)
    return {"mediaType": media_type, "digest": "sha256:" + digest, "size": len(data), **more}


def layer(files):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(data), 0o755
            tar.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def pack(data):
    if compression == "gzip":
        return gzip.compress(data, 6, mtime=0)
    return subprocess.run(["zstd", "-q", "-c"], input=data, stdout=subprocess.PIPE, check=True).stdout


def image(architecture):
    with open("/bin/busybox", "rb") as file:
        busybox = file.read()
    # The second layer does not shrink, so that transfers have something to do.
    noise = b"".join(hashlib.sha256(b"%d" % n).digest() for n in range(60000))
    layers = [layer({"bin/busybox": busybox}), layer({"etc/arch": architecture.encode(), "noise": noise})]
    config = {
        "architecture": architecture,
        "os": "linux",
        "config": {"Cmd": ["/bin/busybox", "cat", "/etc/arch"]},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(one).hexdigest() for one in layers]},
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": add(json.dumps(config).encode(), "application/vnd.oci.image.config.v1+json"),
        "layers": [add(pack(one), "application/vnd.oci.image.layer.v1.tar+" + compression) for one in layers],
    }
    platform = {"architecture": architecture, "os": "linux"}
    return add(json.dumps(manifest).encode(), manifest["mediaType"], platform=platform)


media_type = "application/vnd.oci.image.index.v1+json"
if kind == "index":
    index = {"schemaVersion": 2, "mediaType": media_type, "manifests": [image("amd64"), image("arm64")]}
    root = add(json.dumps(index).encode(), media_type)
else:
    root = image("amd64")
root["annotations"] = {"org.opencontainers.image.ref.name": "1"}
with open(os.path.join(out, "oci-layout"), "w") as file:
    json.dump({"imageLayoutVersion": "1.0.0"}, file)
with open(os.path.join(out, "index.json"), "w") as file:
    json.dump({"schemaVersion": 2, "manifests": [root]}, file)
print(root["digest"])
