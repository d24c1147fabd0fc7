"""Holds what `jettison analyze --format json` reports of a generated image against what was planted in it.

    truth.py TRUTH REPORT

Every cause in every layer to the byte, every secret at its place, every risk with its count; and nothing else.
"""

import json
import sys


def waste(groups):
    sums = {}
    for group in groups:
        key = group["cause"], group["layer"], group["by"]
        sums[key] = sums.get(key, 0) + group["bytes"]
    return sums


def secrets(found):
    places = set()
    for secret in found:
        for place in secret["places"]:
            kept = {key: value for key, value in place.items() if key not in ("line", "step")}
            places.add((secret["rule"], json.dumps(kept, sort_keys=True)))
    return places


def differ(what, planted, reported):
    for name in sorted(set(planted) | set(reported), key=str):
        if planted.get(name) != reported.get(name):
            print(f"{what} {name}: {planted.get(name)} planted, {reported.get(name)} reported")
            yield name


def main():
    truth, report = (json.load(open(name)) for name in sys.argv[1:3])
    planted = {(one["rule"], json.dumps(one["place"], sort_keys=True)) for one in truth["secrets"]}
    risks = lambda list: {one["id"]: (one["count"], one["layer"]) for one in list if one["id"] != "JR-file-secret"}
    wrong = [
        *differ("waste", waste(truth["waste"]), waste(report["waste"])),
        *differ("secret", dict.fromkeys(planted, "yes"), dict.fromkeys(secrets(report["secrets"]), "yes")),
        *differ("risk", risks(truth["risks"]), risks(report["risks"])),
    ]
    size = report["size"]
    total = sum(one["bytes"] for one in truth["waste"])
    if (size["wasted"], size["after"]) != (total, size["now"] - total):
        wrong.append("size")
        print(f"size: {total} wasted, reported {size}")
    if wrong:
        sys.exit(1)
    causes = {one["cause"] for one in truth["waste"]}
    kinds = {one["rule"] for one in truth["secrets"]}
    print(f"  {size['now'] / 1e9:.2f} GB in {len(report['layers'])} layers: {total} wasted bytes by {len(causes)} causes in"
          f" {len(truth['waste'])} portions, {len(planted)} secrets of {len(kinds)} kinds, {len(truth['risks'])} risks: as planted")


main()
