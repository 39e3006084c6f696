#!/usr/bin/env python3
"""Do derived tests find ten classic bugs of compressors and some of caches, and nothing else?

  tests/derived/plant_bugs.py --combine build/bin/combine [--jobs 4]

bugs.json names the text that makes each bug. The test is derived from the text with the bug in it;
of the artifact without it, all tests must pass.
"""

import argparse
import concurrent.futures
import json
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent


def outcome(combine, folder, name, text):
    """Exit code of `combine test`, and what it said."""
    header = folder / "artifacts" / name
    header.parent.mkdir(parents=True)
    header.write_text(text)
    run = subprocess.run([combine, "test", str(header)], capture_output=True, text=True,
                         errors="replace")
    return run.returncode, run.stdout + run.stderr


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--combine", required=True)
    parser.add_argument("--jobs", type=int, default=4)
    options = parser.parse_args()
    bugs = json.loads((HERE / "bugs.json").read_text())
    paths = {bug["in"]: HERE / "artifacts" / bug["in"] for bug in bugs}
    failed = 0
    with tempfile.TemporaryDirectory() as name, \
            concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        folder = pathlib.Path(name)
        clean = {path: pool.submit(outcome, options.combine, folder / f"clean{i}", path.name,
                                   path.read_text()) for i, path in enumerate(paths.values())}
        planted = []
        for i, bug in enumerate(bugs):
            text = paths[bug["in"]].read_text()
            if text.count(bug["from"]) != 1:
                sys.exit(f"{bug['in']} has not one place that says {bug['from']}")
            text = text.replace(bug["from"], bug["to"])
            planted.append((bug, pool.submit(outcome, options.combine, folder / f"bug{i}",
                                             paths[bug["in"]].name, text)))
        for path, done in clean.items():
            code, said = done.result()
            print(f"{'passes' if code == 0 else 'FAILS':8} {path.name} without a bug")
            if code != 0:
                failed += 1
                print(said[-3000:])
        for bug, done in planted:
            code, said = done.result()
            noticed = re.findall(r"^  FAILED (?:\w+) (\w+)", said, re.MULTILINE)
            found = code == 1 and noticed
            print(f"{'found' if found else 'MISSED':8} {bug['bug']}: {', '.join(noticed[:4])}")
            if not found:
                failed += 1
                print(said[-3000:])
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
