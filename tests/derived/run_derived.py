#!/usr/bin/env python3
"""A committed test, of an artifact or of a service on ranks, is what `combine test` derives now,
and it passes.

  tests/derived/run_derived.py --combine build/bin/combine --root . generated/tests/top_p_test.cpp
"""

import argparse
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--combine", required=True)
    parser.add_argument("--root", required=True, type=pathlib.Path)
    parser.add_argument("test", type=pathlib.Path)
    options = parser.parse_args()
    committed = options.test.read_text()
    artifact = re.search(r"`combine test\s+(?:// )?(\S+)`", committed)
    if artifact:
        command = ["test", artifact.group(1)]
    else:  # of a service, with the arguments of its program
        said = re.search(r"// +combine (test --ranks .*(?:\n// .*)*)", committed).group(1)
        command = shlex.split(said.replace("\n//", ""))
    with tempfile.TemporaryDirectory() as folder:
        for suffix in (".kept", ".golden"):  # a test is made of them, too
            beside = options.test.with_name(options.test.name.replace("_test.cpp", suffix))
            if beside.exists():
                shutil.copy(beside, folder)
        words = [options.combine, "test", "-o", folder, *command[1:]]
        run = subprocess.run(words, cwd=options.root)
        derived = (pathlib.Path(folder) / options.test.name).read_text()
    if derived != committed:
        sys.exit(f"{options.test.name} is stale: `combine {shlex.join(command)}` writes it again")
    sys.exit(run.returncode)


if __name__ == "__main__":
    main()
