#!/usr/bin/env python3
"""Does a derived test pass every time? It is built once and run again and again, seed pinned.

  tests/derived/repeat.py --combine build/bin/combine --runs 1000 artifacts/sample/top_p.h

Half of the runs go one by one, and half several at a time.
"""

import argparse
import concurrent.futures
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
AS_COMBINE_RUNS_IT = {"ASAN_OPTIONS": "detect_leaks=0", "OMP_NUM_THREADS": "1"}


def build(combine, artifact, folder):
    """The program of its test, which passes once as `combine test` runs it, and its golden file."""
    generated = folder / "generated"
    generated.mkdir()
    for golden in (ROOT / "generated/tests").glob("*.golden"):
        (generated / golden.name).write_text(golden.read_text())
    done = subprocess.run([combine, "test", "--no-keep", "-o", generated, artifact],
                          env={**os.environ, "COOP_CACHE": str(folder / "cache")},
                          capture_output=True, text=True, errors="replace")
    if done.returncode != 0:
        sys.exit(done.stdout + done.stderr)
    programs = [path for path in (folder / "cache/tests").glob("*/*")
                if path.is_file() and os.access(path, os.X_OK)]
    if len(programs) != 1:
        sys.exit(f"{len(programs)} programs of one test")
    test = next(generated.glob("*_test.cpp"))
    return programs[0], test.with_name(test.name.replace("_test.cpp", ".golden"))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--combine", required=True, type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--parallel", type=int, default=4)
    parser.add_argument("artifact")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        program, golden = build(options.combine.resolve(), options.artifact, folder)
        environment = {**os.environ, **AS_COMBINE_RUNS_IT, "COOP_GOLDEN": str(golden)}

        def run(_):
            """What it said where it did not pass."""
            done = subprocess.run([program], env=environment, cwd=folder, capture_output=True,
                                  text=True, errors="replace")
            passed = done.returncode == 0 and "[  PASSED  ]" in done.stdout
            return None if passed else done.stdout[-2000:] + done.stderr[-2000:]

        start = time.monotonic()
        alone = options.runs // 2
        said = [run(i) for i in range(alone)]
        with concurrent.futures.ThreadPoolExecutor(options.parallel) as pool:
            said += pool.map(run, range(options.runs - alone))
    failures = [each for each in said if each is not None]
    print(f"{options.artifact}: {len(failures)} failures in {options.runs} runs, "
          f"{options.runs - alone} of them {options.parallel} at a time, "
          f"in {time.monotonic() - start:.0f} s")
    if failures:
        sys.exit(failures[0])


if __name__ == "__main__":
    main()
