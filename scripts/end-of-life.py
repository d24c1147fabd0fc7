#!/usr/bin/env python3
"""Writes crates/jettison-lint/data/end-of-life.tsv: when releases of common base images stop getting fixes.

    git clone --depth 1 https://github.com/endoflife-date/endoflife.date /tmp/endoflife
    scripts/end-of-life.py /tmp/endoflife > crates/jettison-lint/data/end-of-life.tsv

Debian's and Ubuntu's dates are those of the package distro-info-data (ISC), which must be installed; the others are those
of endoflife.date (MIT), which names the project's own page for each. Dates are facts; no text is taken over. Of Debian the
end of long-term support counts, of Ubuntu that of standard support. A release that is not known to end has - for its day.
"""

import csv
import datetime
import json
import pathlib
import re
import subprocess
import sys

DISTRO_INFO = pathlib.Path("/usr/share/distro-info")

# File of endoflife.date, the image's repositories, and what a release is called.
PRODUCTS = [
    ("alpine-linux", "alpine", "Alpine"),
    ("centos", "centos", "CentOS"),
    ("rocky-linux", "rockylinux,rockylinux/rockylinux", "Rocky Linux"),
    ("fedora", "fedora", "Fedora"),
    ("python", "python", "Python"),
    ("nodejs", "node", "Node.js"),
    ("go", "golang", "Go"),
    ("php", "php", "PHP"),
    ("ruby", "ruby", "Ruby"),
    ("eclipse-temurin", "eclipse-temurin", "Eclipse Temurin"),
    ("dotnet", "dotnet/sdk,dotnet/aspnet,dotnet/runtime,dotnet/runtime-deps", ".NET"),
    ("nginx", "nginx,nginxinc/nginx-unprivileged", "nginx"),
    ("postgresql", "postgres", "PostgreSQL"),
    ("mysql", "mysql", "MySQL"),
    ("mariadb", "mariadb", "MariaDB"),
    ("mongodb", "mongo", "MongoDB"),
    ("oracle-linux", "oraclelinux,oracle/oraclelinux,os/oraclelinux", "Oracle Linux"),
]

# Other beginnings of a release's tags: its code name, or a name that the image's tags spell otherwise.
OTHER_TAGS = {
    ("centos", "5"): "centos5", ("centos", "6"): "centos6", ("centos", "7"): "centos7", ("centos", "8"): "centos8",
    ("node", "4"): "argon", ("node", "6"): "boron", ("node", "8"): "carbon", ("node", "10"): "dubnium",
    ("node", "12"): "erbium", ("node", "14"): "fermium", ("node", "16"): "gallium", ("node", "18"): "hydrogen",
    ("node", "20"): "iron", ("node", "22"): "jod", ("node", "24"): "krypton",
}

# Releases that ended before endoflife.date begins to count, by their projects' own pages. A release of Go ends with the
# second one after it.
EARLIER = [
    ("go-history", "https://go.dev/doc/devel/release", "golang", "Go",
     [("1.9", "2018-08-24"), ("1.8", "2018-02-16"), ("1.7", "2017-08-24"), ("1.6", "2017-02-16"), ("1.5", "2016-08-15"),
      ("1.4", "2016-02-17"), ("1.3", "2015-08-19"), ("1.2", "2014-12-10"), ("1.1", "2014-06-18")]),
    ("nodejs-history", "https://github.com/nodejs/Release", "node", "Node.js",
     [("0.12", "2016-12-31"), ("0.10", "2016-10-31")]),
]

# Images that are given up as a whole: repository, name, last day, who says so.
IMAGES = [
    ("openjdk", "the image openjdk", "2022-07-31",
     "https://developers.redhat.com/articles/2022/09/16/updating-docker-hubs-openjdk-image"),
    ("java", "the image java", "2016-12-31", "https://github.com/docker-library/docs/tree/master/java"),
    ("centos", "the image centos", "2024-06-30", "https://github.com/docker-library/docs/tree/master/centos"),
]


def revision(checkout, product):
    """The commit that the file is of; a list beside the products stands in for a repository."""
    listed = checkout / "revisions.json"
    if listed.exists():
        return json.loads(listed.read_text())[product]
    command = ["git", "-C", str(checkout), "rev-parse", "--short=12", "HEAD"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def debian_like(name, column, title):
    with open(DISTRO_INFO / f"{name}.csv", newline="") as file:
        for row in csv.DictReader(file):
            end = row.get(column) or row["eol"]
            version = (row["version"] or "").split(" ")[0]
            # Tags begin with the images: Debian 6, Ubuntu 10.04.
            if end and version and float(version) >= 6 and not (name == "ubuntu" and float(version) < 10):
                tags = version.removesuffix(".0") if name == "debian" else version
                yield name, f"{tags},{row['series']}", f"{title} {tags}", end


def product(checkout, file):
    """(policy's address, [(cycle, end)]) of a product."""
    text = (checkout / "products" / f"{file}.md").read_text()
    policy = re.search(r"^releasePolicyLink: *(\S+)", text, re.M).group(1)
    cycles = re.findall(r'^ *-? *releaseCycle: "?([\d.]+)"?$(.*?)(?=^ *- +releaseCycle|^---)', text, re.M | re.S)
    # Some that ended long ago have no day but `true`: nobody asks for them.
    cycles = [(cycle, body) for cycle, body in cycles if not re.search(r"^ *eol: *true", body, re.M)]
    ends = [(cycle, re.search(r"^ *eol: *(\d{4}-\d\d-\d\d)", body, re.M)) for cycle, body in cycles]
    if not ends:
        sys.exit(f"{file}.md: no releases found")
    return policy, [(cycle, end.group(1) if end else "-") for cycle, end in ends]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    checkout = pathlib.Path(sys.argv[1])
    today = datetime.date.today().isoformat()
    command = ["dpkg-query", "--show", "--showformat", "${Version}", "distro-info-data"]
    version = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    out = ["# When releases stop getting fixes. Written by scripts/end-of-life.py; do not edit.",
           "# A source: @, its name, its address, its version, the day on which it was read.",
           "# A release: repositories, what its tags begin with, its name, the last day (- when not known), its source."]
    rows = []
    for name, column, title in [("debian", "eol-lts", "Debian"), ("ubuntu", "eol", "Ubuntu")]:
        address = f"https://salsa.debian.org/debian/distro-info-data/-/blob/main/{name}.csv"
        out.append(f"@\t{name}\t{address}\tdistro-info-data {version}\t{today}")
        rows += [(*row, name) for row in debian_like(name, column, title)]
    for file, repositories, title in PRODUCTS:
        policy, ends = product(checkout, file)
        commit = revision(checkout, file)
        out.append(f"@\t{file}\t{policy}\tendoflife.date products/{file}.md at {commit}\t{today}")
        tags = {cycle: OTHER_TAGS.get((repositories, cycle)) for cycle, _ in ends}
        named = {cycle: ",".join(filter(None, [cycle, other])) for cycle, other in tags.items()}
        rows += [(repositories, named[cycle], f"{title} {cycle}", end, file) for cycle, end in ends]
    for source, address, repository, title, ends in EARLIER:
        out.append(f"@\t{source}\t{address}\t-\t{today}")
        rows += [(repository, cycle, f"{title} {cycle}", end, source) for cycle, end in ends]
    for repository, name, end, address in IMAGES:
        out.append(f"@\t{repository}-image\t{address}\t-\t{today}")
        rows.append((repository, "", name, end, f"{repository}-image"))
    print("\n".join(out + ["\t".join(row) for row in rows]))


if __name__ == "__main__":
    main()
