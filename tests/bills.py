#!/usr/bin/env python3
"""Holds a bill of materials against its schema, and against what dpkg lists.

bills.py CYCLONEDX SPDX ADMINDIR: both bills must be valid, name the same packages, and of Debian's packages exactly those
that `dpkg -l` lists with that directory. Needs cyclonedx-python-lib[json-validation], spdx-tools and dpkg.
"""

import json
import os
import subprocess
import sys

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document


def purls(cyclonedx, spdx):
    """The package URLs of both bills."""
    with open(cyclonedx) as file:
        components = json.load(file)["components"]
    with open(spdx) as file:
        packages = json.load(file)["packages"]
    one = {component["purl"] for component in components if "purl" in component}
    other = {ref["referenceLocator"] for package in packages for ref in package.get("externalRefs", [])}
    return one, other


def listed(admindir):
    """Name, version and architecture of what dpkg says is installed."""
    if not os.path.exists(os.path.join(admindir, "status")):
        return set()
    text = subprocess.run(["dpkg", "--admindir", admindir, "-l"], check=True, capture_output=True, text=True,
                          env={**os.environ, "COLUMNS": "500", "LC_ALL": "C.UTF-8"}).stdout
    rows = [line.split() for line in text.splitlines() if line.startswith("ii ")]
    return {(row[1].split(":")[0], row[2], row[3]) for row in rows}


def main():
    cyclonedx, spdx, admindir = sys.argv[1:]
    with open(cyclonedx) as file:
        error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(file.read())
    if error is not None:
        sys.exit(f"{cyclonedx}: {error}")
    messages = validate_full_spdx_document(parse_file(spdx))
    if messages:
        sys.exit("\n".join(f"{spdx}: {message.validation_message}" for message in messages))
    one, other = purls(cyclonedx, spdx)
    if one != other:
        sys.exit(f"the bills differ: {sorted(one ^ other)}")
    urls = [PackageURL.from_string(url) for url in one]
    debian = {(url.name, url.version, url.qualifiers.get("arch", "")) for url in urls if url.type == "deb"}
    expected = listed(admindir)
    if debian != expected:
        sys.exit(f"only in the bill: {sorted(debian - expected)}\nonly in dpkg -l: {sorted(expected - debian)}")
    print(f"{len(urls)} packages, {len(debian)} of them dpkg's")


main()
