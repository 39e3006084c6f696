#!/usr/bin/env python3
"""Is it SARIF 2.1.0, as the standard's schema and its prose say? And do its fixes mend?

    check_sarif.py FILE            prints `level rule path:line:column message` for each result
    check_sarif.py FILE --apply    and makes the first fix of each result, below the current folder

What is checked is what combine writes: a property that is not known here is refused, so that none
stays unchecked.
"""

import argparse
import json
import pathlib
import re
import sys
import urllib.parse


def only(thing, where, required, optional=()):
    assert isinstance(thing, dict), f"{where}: not an object"
    for name in required:
        assert name in thing, f"{where}: no {name}"
    unknown = set(thing) - set(required) - set(optional)
    assert not unknown, f"{where}: unknown {unknown}"
    return thing


def text(thing, where):
    only(thing, where, ["text"])
    assert isinstance(thing["text"], str) and thing["text"], f"{where}: no text"
    return thing["text"]


def region(thing, where):
    names = ["startLine", "startColumn", "endLine", "endColumn"]
    only(thing, where, names)
    for name in names:
        assert isinstance(thing[name], int) and thing[name] >= 1, f"{where}: {name} is from 1"
    begin, end = (thing["startLine"], thing["startColumn"]), (thing["endLine"], thing["endColumn"])
    assert begin <= end, f"{where}: ends before it begins"
    return begin, end


def file_of(location, where, bases):
    only(location, where, ["uri"], ["uriBaseId"])
    uri = location["uri"]
    assert re.fullmatch(r"[A-Za-z0-9%/._~:-]+", uri), f"{where}: {uri} is not encoded"
    if "uriBaseId" in location:
        assert location["uriBaseId"] in bases and not uri.startswith(("/", "file:"))
        return urllib.parse.unquote(uri)
    assert uri.startswith("file:///"), f"{where}: {uri} is neither relative nor absolute"
    return urllib.parse.unquote(uri.removeprefix("file://"))


def place(thing, where, bases):
    only(thing, where, ["artifactLocation", "region"])
    begin, end = region(thing["region"], where)
    return file_of(thing["artifactLocation"], where, bases), begin, end


def rules_of(driver):
    only(driver, "driver", ["name", "version", "rules"])
    assert driver["name"] == "combine" and re.fullmatch(r"\d+\.\d+\.\d+", driver["version"])
    for rule in driver["rules"]:
        only(rule, "rule", ["id", "shortDescription", "help", "defaultConfiguration"])
        text(rule["shortDescription"], rule["id"])
        text(rule["help"], rule["id"])
        assert only(rule["defaultConfiguration"], rule["id"], ["level"])["level"] in LEVELS
    ids = [rule["id"] for rule in driver["rules"]]
    assert len(ids) == len(set(ids)) and all(re.fullmatch(r"[a-z0-9-]+", id) for id in ids)
    return ids


LEVELS = ["error", "warning"]


def fixes_of(result, where, bases):
    """[(file, begin, end, text)] of each fix: all that are offered are checked."""
    out = []
    for fix in result.get("fixes", []):
        only(fix, where, ["description", "artifactChanges"])
        text(fix["description"], where)
        for change in fix["artifactChanges"]:
            only(change, where, ["artifactLocation", "replacements"])
            file = file_of(change["artifactLocation"], where, bases)
            for replacement in change["replacements"]:
                only(replacement, where, ["deletedRegion", "insertedContent"])
                begin, end = region(replacement["deletedRegion"], where)
                out.append((file, begin, end, text(replacement["insertedContent"], where)))
    return out


def check(document):
    """[(line that tells of a result, its fixes)]"""
    only(document, "document", ["$schema", "version", "runs"])
    assert document["version"] == "2.1.0" and "sarif-schema-2.1.0" in document["$schema"]
    (run,) = document["runs"]
    only(run, "run", ["tool", "columnKind", "originalUriBaseIds", "invocations", "results"])
    assert run["columnKind"] == "unicodeCodePoints"
    ids = rules_of(only(run["tool"], "tool", ["driver"])["driver"])
    for base in run["originalUriBaseIds"].values():
        assert re.fullmatch(r"file:///.*/", only(base, "base", ["uri"])["uri"])
    told = []
    for result in run["results"]:
        where = result.get("ruleId", "result")
        only(
            result,
            where,
            ["ruleId", "ruleIndex", "level", "message", "locations"],
            ["relatedLocations", "fixes"],
        )
        assert ids[result["ruleIndex"]] == result["ruleId"] and result["level"] in LEVELS
        bases = run["originalUriBaseIds"]
        at = "combine"
        for location in result["locations"]:
            only(location, where, ["physicalLocation"])
            file, (line, column), _ = place(location["physicalLocation"], where, bases)
            at = f"{file}:{line}:{column}"
        for number, location in enumerate(result.get("relatedLocations", [])):
            only(location, where, ["id", "message", "physicalLocation"])
            assert location["id"] == number
            text(location["message"], where)
            place(location["physicalLocation"], where, bases)
        message = text(result["message"], where).splitlines()[0]
        fixes = fixes_of(result, where, bases)
        told.append((f"{result['level']} {result['ruleId']} {at} {message}", fixes))
    failed = any(line.startswith("error") for line, _ in told)
    (invocation,) = run["invocations"]
    assert only(invocation, "invocation", ["executionSuccessful"])["executionSuccessful"] != failed
    return told


def apply(fixes):
    """From the end of each file to its beginning, so that places stay right."""
    for file, (line, column), (end_line, end_column), inserted in sorted(fixes, reverse=True):
        path = pathlib.Path(file)
        lines = path.read_text().splitlines(keepends=True) + [""]
        head, tail = lines[line - 1][: column - 1], lines[end_line - 1][end_column - 1 :]
        lines[line - 1 : end_line] = [head + inserted + tail]
        path.write_text("".join(lines))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file")
    parser.add_argument("--apply", action="store_true")
    options = parser.parse_args()
    with open(options.file, encoding="utf-8") as file:
        told = check(json.load(file))
    for line, _ in told:
        print(line)
    if options.apply:
        apply({fixes[0] for _, fixes in told if fixes})
    return 0


if __name__ == "__main__":
    sys.exit(main())
