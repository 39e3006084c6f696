#!/usr/bin/env python3
"""Whatever one rank does wrong ends all of them, soon, with its reason and a code other than 0.

    fail_test.py [--mpirun MPIRUN] PROGRAM             PROGRAM is failing.cpp, at one of the scales
    fail_test.py [--mpirun MPIRUN] --gpu PROGRAM       its GPUs are fakes
    fail_test.py --mpirun MPIRUN --no-gpu PROGRAM      it cannot begin, for want of GPUs
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import time

RANKS = 3
SECONDS = 30  # on a busy machine; a second or less is usual

# How it fails → what standard error says, and the exit code.
CASES = {
    "throws": (r"error: rank 2: the disk is full$", 1),
    "throws_int": (r"error: rank 2: an exception that is no std::exception$", 1),
    "merge_throws": (r"error: rank \d: no merge$", 1),
    "differs": (
        r"rank \d's call 2 is all_reduce_max\(8 x 8 bytes\), and rank 2's call 2 is all_gather\(",
        1,
    ),
    "differs_in_length": (
        r"rank \d's call 2 is all_reduce_sum\(4 x 4 bytes\), "
        r"and rank 2's call 2 is all_reduce_sum\(5 x 4 bytes\)$",
        1,
    ),
    "leaves": (r"all_reduce_sum\(1 x 4 bytes\), and rank 2's call 2 is the end of the program", 1),
    "returns_7": (r"", 7),
}

# Where a GPU waits for another's, it is the deadline that ends it, unless the ranks are checked.
GPU_CASES = {
    "gpu_throws": (r"error: rank 2: the disk is full$", 1),
    "gpu_leaves": (r"error: rank \d waits for another rank's GPU: the deadline is over$", 1),
    "gpu_missing": (
        r"\Aerror: (--gpus 3, but 2 are visible|rank 1: .*cudaGetDeviceCount failed)",
        1,
    ),
    "gpu_differs": (
        r"rank \d's call 2 is all_reduce_sum\(8 x 4 bytes\), "
        r"and rank 2's call 2 is all_reduce_max\(8 x 4 bytes\)$",
        1,
    ),
}

# Of node two GPUs are visible, of cluster rank 1 has none.
FEWER_GPUS = {"FAKE_GPUS": "2", "FAKE_GPUS_NOT_ON_RANK": "1"}

NO_GPU_CASES = {"begins": (r"\Aerror: rank 0: .*cudaGetDeviceCount failed: .*$", 1)}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mpirun")
    parser.add_argument("--gpu", action="store_true")
    parser.add_argument("--no-gpu", action="store_true")
    parser.add_argument("program")
    options = parser.parse_args()
    command = [options.program, "--gpus" if options.gpu else "--ranks", str(RANKS)]
    if options.mpirun:
        command = [options.mpirun, "--allow-run-as-root", "--oversubscribe", "-np", str(RANKS)]
        command.append(options.program)
    if options.no_gpu and pathlib.Path("/dev/nvidiactl").exists():
        print("[  SKIPPED ] there is a GPU")
        return 0
    cases = {**CASES, **(GPU_CASES if options.gpu else {})}
    if options.no_gpu:
        cases = NO_GPU_CASES
    failures = 0
    for how, (pattern, code) in cases.items():
        environment = dict(os.environ, OMPI_MCA_mpi_yield_when_idle="1", COOP_DEADLINE="1")
        if how == "gpu_differs":
            environment["COOP_CHECK_COLLECTIVES"] = "1"
        environment.update(FEWER_GPUS if how == "gpu_missing" else {})
        start = time.monotonic()
        done = subprocess.run(
            [*command, how],
            capture_output=True,
            text=True,
            env=environment,
            timeout=SECONDS,
        )
        said = re.search(pattern, done.stderr, re.MULTILINE) is not None
        right = said and done.returncode == code
        failures += not right
        print(f"{'ok' if right else 'WRONG'}: {how}, {time.monotonic() - start:.2f} s")
        if not right:
            print(f"exit code {done.returncode}, expected {code}; /{pattern}/ in\n{done.stderr}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
