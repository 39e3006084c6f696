#!/usr/bin/env python3
"""The differential test of `combine flatten`: the flat file, compiled by g++ alone in an empty
folder, does what the sources do, compiled apart by g++ and by clang++.

    same_program.py --combine COMBINE --gxx "g++ ..." --clangxx "clang++ ..." SOURCE... [-- FLAG...]

Leaves the flat file in flat.cpp (of C in flat.c), for FileCheck, and prints what it
printed. Fails when something does not compile, or when output or exit status differ.
"""
import os
import shlex
import subprocess
import sys

ALONE = "alone"  # the flat file is compiled here, where nothing else is
FINDS_LOCAL = ("-I", "-D", "-include", "-imacros", "-iquote")  # not for a flat file


def option(words, name):
    at = words.index(name)
    value = words[at + 1]
    del words[at : at + 2]
    return value


def run(command, what=None):
    ran = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=120)
    if what and ran.returncode != 0:
        raise SystemExit(f"{what}: {command}\n{ran.stdout}{ran.stderr}")
    sys.stderr.write(ran.stderr)
    return ran.returncode, ran.stdout


def kept(flags):
    out = []
    words = iter(flags)
    for word in words:
        if word in FINDS_LOCAL:
            next(words)
        elif not word.startswith(FINDS_LOCAL):
            out.append(word)
    return out


def main():
    words = sys.argv[1:]
    combine, gxx, clangxx = (option(words, name) for name in ("--combine", "--gxx", "--clangxx"))
    flags = []
    if "--" in words:
        at = words.index("--")
        words, flags = words[:at], words[at + 1 :]
    flat = "flat.c" if words[0].endswith(".c") else "flat.cpp"
    if flat == "flat.c":
        gxx, clangxx = gxx.replace("g++", "gcc"), clangxx.replace("clang++", "clang")
    sources, flags, alone = shlex.join(words), shlex.join(flags), shlex.join(kept(flags))
    run(f"{combine} flatten -o {flat} {sources} -- {flags}", "combine failed")
    os.makedirs(ALONE, exist_ok=True)
    os.replace(f"{flat}.map.json", f"{ALONE}/map.json")
    run(f"cp {flat} {ALONE} && cd {ALONE} && {gxx} {alone} {flat} -o flat", "the flat file")
    results = {"flat": run(f"{ALONE}/flat")}
    for name, compiler in (("g++", gxx), ("clang++", clangxx)):
        run(f"{compiler} -w {flags} {sources} -o original-{name}", "the sources")
        results[name] = run(f"./original-{name}")
    for name in ("g++", "clang++"):
        if results[name] != results["flat"]:
            raise SystemExit(f"flat: {results['flat']}\nby {name}: {results[name]}")
    sys.stdout.write(results["flat"][1])


if __name__ == "__main__":
    main()
