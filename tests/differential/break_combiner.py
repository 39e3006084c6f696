#!/usr/bin/env python3
"""Is a combiner that was broken on purpose caught?

    tests/differential/break_combiner.py --broken build/bin/combine_broken

combine_broken is `combine` with the breakages of breakages.json in it, of which $COOP_BREAKAGE
chooses one. With each of them the emission of tests/differential/services/tanks.h compiles, and
must do something else than the bound source does; without, it must be what `combine` emits.

    tests/differential/break_combiner.py --write FOLDER

writes the sources with the breakages, from which the build makes combine_broken.
"""

import argparse
import json
import os
import pathlib
import sys
import tempfile

import differential


def broken_sources(breakages):
    """{path: text}: every breakage of a file at once."""
    out = {}
    for breakage in breakages:
        path = breakage["in"]
        text = out.setdefault(path, (differential.ROOT / path).read_text())
        before, after = ("\n".join(breakage[which]) for which in ("from", "to"))
        if text.count(before) != 1:
            sys.exit(f"{path} has not one place that says\n{before}")
        out[path] = text.replace(before, after)
    return out


def write(breakages, folder):
    for path, text in broken_sources(breakages).items():
        first = text.index("#include")
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(
            text[:first] + '#include "tests/differential/breakages.h"\n' + text[first:])


def emission_with(breakage, service, column, given, folder):
    os.environ["COOP_BREAKAGE"] = breakage
    folder.mkdir()
    os.environ["COOP_CACHE"] = str(folder / "cache")  # another breakage's emission is another
    return differential.emit(service, column, given.broken, folder)


def is_caught(breakage, service, column, bound, sound, given, scratch):
    folder = scratch / breakage["name"]
    source = emission_with(breakage["name"], service, column, given, folder)
    if source.read_text() == sound:
        print(f"{breakage['name']} changes nothing: {service['name']} never comes to it")
        return False
    wrong = differential.compile_emission(source, column, folder / "emitted")
    if wrong:
        print(f"{breakage['name']} does not compile, so it shows nothing\n{wrong}")
        return False
    print(f"{breakage['name']}: {breakage['is']}")
    emitted = differential.Program("broken", folder / "emitted", service.get("ignore"))
    return not differential.compare(service, column, (bound, emitted), given, scratch)


def check(breakages, given, scratch):
    service = differential.read_services(["tanks"])[0]
    column = differential.columns(given)[0]
    sound = differential.emit(service, column, given.combine, scratch).read_text()
    if emission_with("", service, column, given, scratch / "whole").read_text() != sound:
        print("without a breakage, combine_broken emits something else than combine")
        return False
    bound = differential.build_bound(service, given, scratch)
    emitted = differential.build_column(service, column, given, scratch)
    if not differential.compare(service, column, (bound, emitted), given, scratch):
        return False
    missed = [each["name"] for each in breakages
              if not is_caught(each, service, column, bound, sound, given, scratch)]
    print(f"{len(breakages) - len(missed)} of {len(breakages)} caught",
          *(["; missed:", *missed] if missed else []))
    return not missed


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    differential.add_tools(parser)
    parser.add_argument("--broken", type=pathlib.Path)
    parser.add_argument("--write", type=pathlib.Path, metavar="FOLDER")
    given = parser.parse_args()
    given.combine = given.combine.resolve()
    breakages = json.loads((differential.HERE / "breakages.json").read_text())
    if given.write:
        write(breakages, given.write)
        return
    given.broken = given.broken.resolve()
    with tempfile.TemporaryDirectory(prefix="broken-") as scratch:
        if not check(breakages, given, pathlib.Path(scratch)):
            sys.exit(1)


if __name__ == "__main__":
    main()
