#!/usr/bin/env python3
"""What `tests/rpm.sh` needs beside rpm itself.

rpm.py image ROOT ARCHIVE COMMAND...   a Docker archive of one layer
rpm.py unpack ARCHIVE DIRECTORY        an image's tree, from layers that hide nothing
rpm.py same ARCHIVE ARCHIVE            fails unless both hold the same image
rpm.py log FROM TO                     an SQLite database whose last change is in its log alone
rpm.py berkeley FROM TO KIND ORDER     the database as Berkeley DB's own tool writes it: KIND (btree, hash) for indexes
rpm.py bill FILE                       name-version of each rpm package in a bill
rpm.py analysis FILE                   the same of `jettison analyze --format json`
"""

import gzip
import hashlib
import io
import json
import os
import shutil
import sqlite3
import struct
import subprocess
import sys
import tarfile


def image(root, archive, *command):
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        for name in sorted(os.listdir(root)):
            tar.add(os.path.join(root, name), name)
    data = layer.getvalue()
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
    config = {
        "architecture": machine, "os": "linux", "config": {"Cmd": command, "Env": ["PATH=/usr/bin:/bin"]},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(data).hexdigest()]},
    }
    config = json.dumps(config).encode()
    name = hashlib.sha256(config).hexdigest() + ".json"
    manifest = json.dumps([{"Config": name, "RepoTags": ["example.org/rpm:1"], "Layers": ["layer.tar"]}]).encode()
    with tarfile.open(archive, "w") as tar:
        for member, content in (("layer.tar", data), (name, config), ("manifest.json", manifest)):
            info = tarfile.TarInfo(member)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))


def manifest(tar):
    return json.load(tar.extractfile("manifest.json"))[0]


def unpack(archive, directory):
    with tarfile.open(archive) as tar:
        for name in manifest(tar)["Layers"]:
            data = tar.extractfile(name).read()
            if data[:2] == b"\x1f\x8b":
                data = gzip.decompress(data)
            with tarfile.open(fileobj=io.BytesIO(data)) as layer:
                layer.extractall(directory, filter="fully_trusted")


def same(one, other):
    ids = []
    for archive in (one, other):
        with tarfile.open(archive) as tar:
            ids.append(hashlib.sha256(tar.extractfile(manifest(tar)["Config"]).read()).hexdigest())
    if ids[0] != ids[1]:
        sys.exit(" is not ".join(ids))


def index_tables(database):
    tables = database.execute("select name from sqlite_master where type = 'table' and name not like 'sqlite%'").fetchall()
    return [table for (table,) in tables if table != "Packages"]


def log(source, target):
    shutil.copytree(source, "open")
    database = sqlite3.connect("open/rpmdb.sqlite")
    database.execute("pragma journal_mode = wal")
    database.execute("pragma wal_autocheckpoint = 0")
    (number,) = database.execute("select hnum from Name where key = 'app2'").fetchone()
    for table in ["Packages", *index_tables(database)]:
        database.execute(f'delete from "{table}" where hnum = ?', (number,))
    database.commit()
    shutil.copytree("open", target)
    database.close()
    assert os.path.getsize(target + "/rpmdb.sqlite-wal") > 0


def berkeley(source, target, kind, order):
    os.makedirs(target)
    database = sqlite3.connect(source + "/rpmdb.sqlite")
    pack = (lambda number: struct.pack("<I", number)) if order == "little" else (lambda number: struct.pack(">I", number))
    lorder = "1234" if order == "little" else "4321"

    def load(name, kind, pairs):
        text = f"VERSION=3\nformat=bytevalue\ntype={kind}\ndb_pagesize=4096\ndb_lorder={lorder}\nHEADER=END\n"
        text += "".join(f" {part.hex()}\n" for pair in pairs for part in pair) + "DATA=END\n"
        subprocess.run(["db5.3_load", f"{target}/{name}"], input=text.encode(), check=True)

    rows = database.execute("select hnum, blob from Packages").fetchall()
    # Under zero stands the highest number.
    load("Packages", "hash", [(pack(0), pack(max(row[0] for row in rows)))] + [(pack(number), blob) for number, blob in rows])
    tables = index_tables(database)
    database.text_factory = bytes
    for table in tables:
        items = {}
        for key, number, place in database.execute(f'select key, hnum, idx from "{table}" order by rowid'):
            key = pack(key) if isinstance(key, int) else key
            items[key] = items.get(key, b"") + pack(number) + pack(place)
        load(table, kind, sorted(items.items()))
    with open(target + "/__db.001", "wb") as file:
        file.write(b"what was cached of pages that are no more")


def bill(file):
    with open(file) as text:
        for component in json.load(text)["components"]:
            if component.get("purl", "").startswith("pkg:rpm/"):
                print(component["name"] + "-" + component["version"])


def analysis(file):
    with open(file) as text:
        for package in json.load(text)["packages"]:
            if package["kind"] == "rpm":
                print(package["name"] + "-" + package["version"])


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
