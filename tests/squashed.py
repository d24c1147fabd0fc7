#!/usr/bin/env python3
"""Holds a squashed image against the one it was made of, with Python's tarfile and none of jettison's readers.

    squashed.py BEFORE.tar AFTER.tar        both as docker save or jettison writes them

Ends with status 1 and the first differences unless both show the same files and say the same of how they are run.
"""
import hashlib
import json
import sys
import tarfile


def read(path):
    """The configuration and the merged files of an archive."""
    with tarfile.open(path) as archive:
        manifest = json.load(archive.extractfile("manifest.json"))[0]
        config = json.load(archive.extractfile(manifest["Config"]))
        files = {}
        for number, name in enumerate(manifest["Layers"]):
            with tarfile.open(fileobj=archive.extractfile(name)) as layer:
                apply(number, layer, files)
        return config, files


def below(files, directory):
    return [path for path in files if path.startswith(directory + "/")]


def apply(number, layer, files):
    """Lays a layer over what the lower ones show (OCI image specification, layer.md)."""
    members = [(member, member.name.lstrip("./").rstrip("/")) for member in layer]
    # Marks count for lower layers only, wherever they stand.
    for member, path in members:
        directory, _, name = path.rpartition("/")
        if name == ".wh..wh..opq":
            gone = below(files, directory)
        elif name.startswith(".wh."):
            path = f"{directory}/{name[4:]}".lstrip("/")
            gone = [path] + below(files, path)
        else:
            continue
        for path in gone:
            files.pop(path, None)
    for member, path in members:
        if not path or path.rpartition("/")[2].startswith(".wh."):
            continue
        if member.islnk():
            files[path] = files[member.linkname.lstrip("./")]
            continue
        if not member.isdir() and path in files and files[path]["type"] == "directory":
            for gone in below(files, path):
                del files[gone]
        files[path] = facts(number, layer, member, path)


def facts(number, layer, member, path):
    digest = ""
    if member.isreg():
        state = hashlib.sha256()
        content = layer.extractfile(member)
        while chunk := content.read(1 << 20):
            state.update(chunk)
        digest = state.hexdigest()
    return {
        "type": "directory" if member.isdir() else "file" if member.isreg() else member.type.decode(),
        "mode": member.mode,
        "owner": (member.uid, member.gid),
        "mtime": float(member.pax_headers.get("mtime", member.mtime)),
        "target": member.linkname,
        "device": (member.devmajor, member.devminor) if member.ischr() or member.isblk() else None,
        "content": digest,
        "xattrs": {key: value for key, value in member.pax_headers.items() if key.startswith("SCHILY.xattr.")},
        "identity": (number, path),
    }


def groups(files):
    """For each file with several names, these."""
    names = {}
    for path, seen in files.items():
        if seen["type"] != "directory":
            names.setdefault(seen["identity"], []).append(path)
    return sorted(sorted(group) for group in names.values() if len(group) > 1)


def plain(config):
    return {key: value for key, value in config.items() if key not in ("history", "rootfs")}


def main(before, after):
    (old_config, old), (new_config, new) = read(before), read(after)
    problems = []
    if plain(old_config) != plain(new_config):
        problems.append("the configurations differ")
    for path in sorted(old.keys() | new.keys()):
        was, now = old.get(path), new.get(path)
        if was is None and now["type"] == "directory":
            continue  # Directories that no layer listed are listed now.
        if was is None or now is None:
            problems.append(f"{path}: only in {'AFTER' if was is None else 'BEFORE'}")
            continue
        for key in was:
            if key != "identity" and was[key] != now[key]:
                problems.append(f"{path}: {key}: {was[key]} is {now[key]} now")
    if groups(old) != groups(new):
        problems.append("other names share files")
    for problem in problems[:20]:
        print(problem)
    layers = len(new_config["rootfs"]["diff_ids"])
    print(f"{len(new)} files, {layers} layers, {len(problems)} differences")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main(*sys.argv[1:])
