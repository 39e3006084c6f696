#!/usr/bin/env python3
"""The differential test: the emitted program, compiled by g++ alone in an empty folder, does what
the bound source does, compiled by clang++ without the rewriting.

    same_behaviour.py --combine COMBINE --gxx "g++ ..." --clangxx "clang++ ..." --home DIR
                      SERVICE [OPTION...] [-- ARGUMENT...]

OPTION are combine's, ARGUMENT the program's. Leaves the emission in out.cpp, for FileCheck, and
prints what the emitted program printed. Fails when either does not compile, or when their output
or exit status differ.
"""
import os
import shlex
import subprocess
import sys

import bound_program

ALONE = "alone"  # the emission is compiled here, where nothing else is


def option(words, name):
    at = words.index(name)
    value = words[at + 1]
    del words[at : at + 2]
    return value


def run(command):
    ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                         timeout=60)
    return ran.returncode, ran.stdout, ran.stderr


def check(command, what):
    status, out, err = run(command)
    sys.stderr.write(out + err)
    if status != 0:
        raise SystemExit(f"{what}: {shlex.join(command)}")


def describe(result):
    return f"exit {result[0]}\nstdout:\n{result[1]}stderr:\n{result[2]}"


def main():
    words = sys.argv[1:]
    combine, gxx, clangxx, home = (option(words, name) for name in
                                   ("--combine", "--gxx", "--clangxx", "--home"))
    arguments = []
    if "--" in words:
        at = words.index("--")
        words, arguments = words[:at], words[at + 1 :]
    service, options = words[0], words[1:]

    check([combine, "--device=cpu", *options, service, "-o", "out.cpp"], "combine failed")
    os.makedirs(ALONE, exist_ok=True)
    with open("out.cpp") as emission, open(f"{ALONE}/out.cpp", "w") as copy:
        copy.write(emission.read())
    check(["sh", "-c", f"cd {ALONE} && {gxx} out.cpp -o emitted"], "the emission does not compile")
    bound_program.build(combine, clangxx, home, os.path.abspath("bound"), service, options)

    emitted = run([f"{ALONE}/emitted", *arguments])
    bound = run(["./bound", *arguments])
    sys.stdout.write(emitted[1])
    sys.stderr.write(emitted[2])
    if emitted != bound:
        raise SystemExit(
            f"they differ.\n---- emitted: {describe(emitted)}---- bound: {describe(bound)}"
        )
    if emitted[0] != 0:
        print(f"exit {emitted[0]}")


if __name__ == "__main__":
    sys.exit(main())
