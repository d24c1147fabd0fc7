"""Reads what `jettison lint` and `jettison analyze` write for other programs, and compares it with their own JSON.

Usage: lint-output.py JETTISON FOLDER SCHEMA, where FOLDER is for files of ours and SCHEMA is SARIF 2.1.0's.
"""

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import urllib.parse
import xml.etree.ElementTree as ET
from pathlib import Path

import jsonschema
import junitparser
from sarif import loader

JETTISON, FOLDER, SCHEMA = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
PLACE = FOLDER / "place"
READERS = FOLDER / "readers"
VALIDATOR = jsonschema.Draft7Validator(json.load(open(SCHEMA)), format_checker=jsonschema.FormatChecker())


def run(*arguments, lang="en"):
    done = subprocess.run(
        [JETTISON, *arguments], cwd=PLACE, capture_output=True, text=True, env={"JETTISON_LANG": lang, "HOME": str(FOLDER), "PATH": "/usr/bin:/bin"}
    )
    assert done.returncode in (0, 1), (arguments, done.stderr)
    return done.stdout


def lint(form, lang):
    return run("lint", ".", "--k8s", ".", "--format", form, lang=lang)


def reader(kind, text, *arguments):
    """What a program understands of a text."""
    path = FOLDER / f"written.{kind}"
    path.write_text(text)
    done = subprocess.run(["node", READERS / "read.js", kind, path, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def validate_sarif(path):
    """Microsoft's validator, its rules for GitHub's code scanning among them. Its notes ask for what is optional (snippets, names)."""
    tool = READERS / "node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool"
    tool.chmod(0o755)
    command = [tool, "validate", path, "--rule-kind", "Sarif;Gh", "--level", "Error;Warning"]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"})
    assert "1 files scanned" in done.stdout, done.stdout + done.stderr
    faults = re.findall(r"(?:error|warning) (?!SARIF2005)[A-Z]+\d+.*", done.stdout)
    assert not faults, faults[:5]


def sarif(text, name):
    """The results of a SARIF log that is valid, as sarif-tools reads them, and as they are."""
    log = json.loads(text)
    faults = [f"{list(fault.absolute_path)}: {fault.message}" for fault in VALIDATOR.iter_errors(log)]
    assert not faults, faults[:5]
    path = FOLDER / f"{name}.sarif"
    path.write_text(text)
    validate_sarif(path)
    records = loader.load_sarif_file(str(path)).get_records()
    results = log["runs"][0]["results"]
    assert len(records) == len(results) > 0
    return records, results, log


def check_sarif(found, lang):
    records, results, log = sarif(lint("sarif", lang), lang)
    rules = log["runs"][0]["tool"]["driver"]["rules"]
    for one, record, result in zip(found, records, results):
        assert record["Line"] == one["line"] and record["Code"] == one["rule"], (record, one)
        place = result["locations"][0]["physicalLocation"]
        assert urllib.parse.unquote(place["artifactLocation"]["uri"]) == one["file"]
        region = place["region"]
        assert (region["startColumn"], region["endLine"], region["endColumn"]) == (one["column"], one["endLine"], one["endColumn"])
        assert rules[result["ruleIndex"]]["id"] == one["rule"]
        assert set(result["properties"]["aliases"]) == set(one["aliases"])
        assert ("relatedLocations" in result) == (one["related"] is not None)
    assert {"DL3006", "SecretsUsedInArgOrEnv"} <= {alias for rule in rules for alias in rule["properties"]["aliases"]}


def check_junit(found, lang, files):
    suites = list(junitparser.JUnitXml.fromstring(lint("junit", lang).encode()))
    assert {suite.name for suite in suites} == files, files ^ {suite.name for suite in suites}
    failed = sorted(
        (case.classname, case.name, case.result[0].message) for suite in suites for case in suite if case.result
    )
    assert failed == sorted((one["file"], f"{one['rule']} {one['line']}:{one['column']}", one["message"]) for one in found)
    for suite in suites:
        assert suite.tests == len(list(suite)) and suite.failures == sum(1 for case in suite if case.result)


def check_checkstyle(found, lang):
    """As Checkstyle's XMLLogger writes it, and as Danger's plugin reads it."""
    text = lint("checkstyle", lang)
    severity = lambda one: one["level"] if one["level"] in ("error", "warning") else "info"
    understood = [tuple(one[key] for key in ("file", "line", "column", "severity", "message")) for one in reader("checkstyle", text, PLACE)]
    assert sorted(understood) == sorted((one["file"], one["line"], one["column"], severity(one), one["message"]) for one in found)
    root = ET.fromstring(text.encode())
    assert root.tag == "checkstyle" and root.get("version")
    read = []
    for file in root:
        assert file.tag == "file" and set(file.keys()) == {"name"}
        for error in file:
            assert error.tag == "error" and not list(error)
            assert set(error.keys()) == {"line", "column", "severity", "message", "source"}
            assert error.get("severity") in ("error", "warning", "info", "ignore")
            read.append((file.get("name"), int(error.get("line")), int(error.get("column")), error.get("source"), error.get("message")))
    assert sorted(read) == sorted((one["file"], one["line"], one["column"], one["rule"], one["message"]) for one in found)


def check_rdjson(found, lang):
    """Reviewdog's DiagnosticResult; its columns count bytes. The validator knows the format without related_locations (8)."""
    text = lint("rdjson", lang)
    read = reader("rdjson", text)
    assert not read["warnings"] and all(one["path"].endswith(".relatedLocations") for one in read["errors"]), read
    log = json.loads(text)
    assert log["source"]["name"] == "jettison" and len(log["diagnostics"]) == len(found)
    suggested = 0
    for one, diagnostic in zip(found, log["diagnostics"]):
        assert diagnostic["message"] == one["message"] and diagnostic["code"]["value"] == one["rule"]
        assert diagnostic["severity"] in ("ERROR", "WARNING", "INFO")
        assert diagnostic["location"]["path"] == one["file"]
        lines = (PLACE / one["file"]).read_bytes().split(b"\n")
        for end, line, column in (("start", one["line"], one["column"]), ("end", one["endLine"], one["endColumn"])):
            place = diagnostic["location"]["range"][end]
            prefix = lines[line - 1][: place["column"] - 1].decode()
            assert place["line"] == line and len(prefix) == column - 1, (place, one)
        for suggestion in diagnostic.get("suggestions", []):
            suggested += 1
            start, end = suggestion["range"]["start"], suggestion["range"]["end"]
            assert isinstance(suggestion["text"], str)
            offsets = [sum(len(line) + 1 for line in lines[: place["line"] - 1]) + place["column"] - 1 for place in (start, end)]
            edit = one["fix"]["edits"][0]
            assert offsets == [edit["start"], edit["end"]] and suggestion["text"] == edit["text"]
    assert suggested > 10


def check_github(found, lang):
    """What GitHub's toolkit writes for them, and read as its runner does: the documentation has no other reader."""
    unescape = lambda text: text.replace("%3A", ":").replace("%2C", ",").replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
    lines = lint("github", lang).splitlines()
    assert len(lines) == len(found)
    assert lines == reader("github", json.dumps({"findings": found}))
    for one, line in zip(found, lines):
        level, properties, message = re.fullmatch(r"::(error|warning|notice) ([^:]*)::(.*)", line).groups()
        properties = dict(part.split("=", 1) for part in properties.split(","))
        assert set(properties) <= {"file", "line", "endLine", "col", "endColumn", "title"}
        assert unescape(properties["file"]) == one["file"] and int(properties["line"]) == one["line"]
        assert unescape(message) == one["message"] and unescape(properties["title"]) == one["rule"]
        assert level == {"error": "error", "warning": "warning"}.get(one["level"], "notice")


def check_gitlab(found, lang):
    """GitLab Docs, "Code Quality report format"."""
    issues = json.loads(lint("gitlab", lang))
    assert len({issue["fingerprint"] for issue in issues}) == len(issues) == len(found)
    for one, issue in zip(found, issues):
        assert issue["description"] == one["message"] and issue["check_name"] == one["rule"]
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert issue["location"]["path"] == one["file"] and not one["file"].startswith("./")
        assert issue["location"]["lines"]["begin"] == one["line"]


def image(path):
    """An archive as `docker save` makes it, with something to find in it."""
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as files:
        key = b"-----BEGIN RSA PRIVATE KEY-----\n" + b"MIIEpAIBAAKCAQEA7f3c0a9b" * 40 + b"\n-----END RSA PRIVATE KEY-----\n"
        for name, text in (("etc/os-release", b"ID=debian\n"), ("root/.ssh/id_rsa", key), ("var/lib/apt/lists/x", b"x" * 5000)):
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            files.addfile(entry, io.BytesIO(text))
    layer = layer.getvalue()
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Cmd": ["/bin/sh"], "Env": ["PASSWORD=hunter2-hunter2"]},
            "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(layer).hexdigest()]},
            "history": [{"created_by": "COPY . / # buildkit"}],
        }
    ).encode()
    manifest = json.dumps([{"Config": "c.json", "RepoTags": ["a&<b>:1"], "Layers": ["l.tar"]}]).encode()
    with tarfile.open(path, "w") as files:
        for name, text in (("c.json", config), ("l.tar", layer), ("manifest.json", manifest)):
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            files.addfile(entry, io.BytesIO(text))


def check_analyze(lang):
    records, _, log = sarif(run("analyze", "image.tar", "--format", "sarif", lang=lang), f"analyze-{lang}")
    assert log["runs"][0]["tool"]["driver"]["name"] and all(record["Code"] for record in records)
    suites = list(junitparser.JUnitXml.fromstring(run("analyze", "image.tar", "--format", "junit", lang=lang).encode()))
    cases = [case for suite in suites for case in suite]
    assert any(case.result for case in cases)
    for suite in suites:
        assert suite.tests == len(list(suite))
    return len(records), len(cases)


def main():
    shutil.copytree("crates/jettison-lint/tests/seeds", PLACE)
    odd = PLACE / "dir a&<b>,:é"
    odd.mkdir()
    odd.joinpath("Dockerfile").write_text(
        "FROM debian:13\nRUN echo 'ü & <b> \"%0A::error::x' && sudo b && \\\n    cd /x | y\nMAINTAINER \U00010400 me <a@example.org>\nCOPY a $b%0A::error::x/\nCMD ['é']\n"
    )
    PLACE.joinpath("clean").mkdir()
    PLACE.joinpath("clean/Dockerfile").write_text("FROM scratch\n")
    image(PLACE / "image.tar")
    for lang in ("en", "zh"):
        found = json.loads(lint("json", lang))["findings"]
        assert len(found) > 100 and any(not one["message"].isascii() for one in found) == (lang == "zh")
        files = {str(path.relative_to(PLACE)) for name in ("Dockerfile", "manifest.yaml") for path in PLACE.rglob(name)}
        files |= {one["file"] for one in found}
        check_sarif(found, lang)
        check_junit(found, lang, files)
        check_checkstyle(found, lang)
        check_rdjson(found, lang)
        check_github(found, lang)
        check_gitlab(found, lang)
        results, cases = check_analyze(lang)
        print(f"{lang}: {len(found)} findings alike in six formats; analyze: {results} results, {cases} cases")


main()
