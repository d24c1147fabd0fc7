#!/usr/bin/env python3
"""Writes an archive of docker save whose layers do to one another what squashing has to get right.

    make_corners.py FILE TAG
"""
import hashlib
import io
import json
import sys
import tarfile

# As builders do it, each layer lists the directories in which it changes something: engines give others a time of their own.
LAYERS = [
    [
        ("d", "directory", 0o755), ("d/inside", "file", "d/inside"), ("d/below", "directory", 0o700), ("d/below/deep", "file", "x"),
        ("f", "file", "a file that becomes a directory"), ("gone", "file", "g"), ("opaque", "directory", 0o755), ("opaque/old", "file", "old"),
        ("a.wh.b", "file", "a mark inside a name"), ("x.wh.d", "directory", 0o755), ("x.wh.d/f", "file", "1"), ("h1", "file", "one of two"),
        ("set", "setuid", "s"), ("long-" + "n" * 150, "file", "a long name"),
    ],
    # A directory becomes a file, a file a directory, a link a directory.
    [("d", "file", "no directory any more"), ("f", "directory", 0o750), ("f/new", "file", "n"), ("l", "link", "f"), ("h2", "hard", "h1"), ("h1", "file", "one of two")],
    [("f", "directory", 0o750), ("f/.wh.new", "file", ""), (".wh.gone", "file", ""), ("opaque", "directory", 0o711), ("opaque/.wh..wh..opq", "file", ""), ("opaque/new", "file", "n")],
    [("x.wh.d", "directory", 0o755), ("x.wh.d/.wh.f", "file", ""), ("x.wh.d/g.wh.", "file", "2"), ("d2", "directory", 0o755), ("d2/.wh.nothing", "file", ""), ("l", "directory", 0o755), ("l/in", "file", "3")],
]


def entry(layer, name, kind, value):
    info = tarfile.TarInfo(name)
    info.mtime, info.mode, content = 1_600_000_000, 0o644, b""
    if kind == "directory":
        info.type, info.mode = tarfile.DIRTYPE, value
    elif kind == "link":
        info.type, info.linkname = tarfile.SYMTYPE, value
    elif kind == "hard":
        info.type, info.linkname = tarfile.LNKTYPE, value
    else:
        content = value.encode()
        info.size, info.uid, info.gid = len(content), 12, 34
        info.mode = 0o4755 if kind == "setuid" else 0o644
    layer.addfile(info, io.BytesIO(content))


def packed(entries):
    # Docker wants what a hard link means to stand before it.
    entries = sorted(entries, key=lambda entry: entry[1] == "hard")
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as layer:
        for one in entries:
            entry(layer, *one)
    return out.getvalue()


def main(file, tag):
    layers = [packed(entries) for entries in LAYERS]
    digests = [hashlib.sha256(layer).hexdigest() for layer in layers]
    config = json.dumps({
        "architecture": "amd64", "os": "linux", "config": {"Cmd": ["/none"], "Env": ["A=b"], "Labels": {"c": "d"}},
        "history": [{"created_by": f"RUN step {number}"} for number in range(len(layers))],
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}" for digest in digests]},
    }).encode()
    names = [f"{digest}/layer.tar" for digest in digests]
    manifest = json.dumps([{"Config": "config.json", "RepoTags": [tag], "Layers": names}]).encode()
    with tarfile.open(file, "w") as archive:
        for name, content in [("config.json", config), ("manifest.json", manifest), *zip(names, layers)]:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


main(*sys.argv[1:])
