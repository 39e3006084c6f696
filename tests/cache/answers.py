#!/usr/bin/env python3
"""The answers of combine with a cache in many states, which must all be one answer.

  answers.py STATE COMBINE FOLDER ARGUMENT...

COMBINE is run with ARGUMENTs and `-o FOLDER/out.cpp`, first with --no-cache, then with a cache in
FOLDER/cache that STATE says:

  kept       empty, then as the run before left it
  torn       every entry cut short, emptied, with a flipped bit, with another's bytes, not a file
  in-vain    a folder that cannot be: below a file, below /proc; a file of it may not grow
  shared     empty, for six runs at once
  small      with room for nothing

Output, map, messages and exit code must be those without a cache, byte for byte, and whatever was
torn must be whole again.
"""

import os
import pathlib
import resource
import shutil
import subprocess
import sys

ROOM = 1 << 20


class Answers:
    def __init__(self, combine, folder, arguments):
        self.combine, self.folder, self.arguments = combine, folder, arguments
        self.cache = folder / "cache"

    def begin(self, name, cache=None, limit=None, **environment):
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        command = [self.combine, *self.arguments, "-o", str(folder / "out.cpp")]
        if cache is None:
            command.append("--no-cache")
        environment = dict(os.environ, COOP_CACHE=str(cache or ""), **environment)
        limit_growth = None
        if limit:
            limit_growth = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        return folder, subprocess.Popen(command, env=environment, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, preexec_fn=limit_growth)

    @staticmethod
    def end(begun):
        folder, process = begun
        stdout, stderr = process.communicate()
        files = {file.name: file.read_bytes() for file in sorted(folder.iterdir())}
        return process.returncode, stdout, stderr, files

    def of(self, name, cache=None, limit=None, **environment):
        return self.end(self.begin(name, cache, limit, **environment))

    def expect(self, name, answer):
        if answer != self.wanted:
            sys.exit(f"{name}: another answer than without a cache:\n{answer}\nnot\n{self.wanted}")

    def entries(self):
        return sorted(self.cache.iterdir())


def kept(answers):
    answers.expect("empty", answers.of("empty", answers.cache))
    if answers.wanted[0] == 0 and not answers.entries():
        sys.exit("nothing was kept")
    before = {entry: entry.read_bytes() for entry in answers.entries()}
    answers.expect("kept", answers.of("kept", answers.cache))
    if before != {entry: entry.read_bytes() for entry in answers.entries()}:
        sys.exit("what was kept was made again")


def torn(answers):
    answers.expect("empty", answers.of("empty", answers.cache))
    whole = {entry: entry.read_bytes() for entry in answers.entries()}

    def flipped(text):
        middle = len(text) // 2
        return text[:middle] + bytes([text[middle] ^ 16]) + text[middle + 1:]

    ways = {
        "cut": lambda text: text[:len(text) // 2],
        "emptied": lambda text: b"",
        "flipped": flipped,
        "foreign": lambda text: max(whole.values(), key=len),
        "older": lambda text: text.replace(b"coop ", b"cool ", 1),
    }
    for way, tear in ways.items():
        wrong = {entry: tear(text) for entry, text in whole.items()}
        for entry, text in wrong.items():
            entry.write_bytes(text)
        answers.expect(way, answers.of(way, answers.cache))
        for entry in answers.entries():
            if entry.read_bytes() == wrong[entry] != whole[entry]:
                sys.exit(f"{way}: {entry} was not made again")
    for entry in whole:
        entry.unlink()
        entry.mkdir()
    answers.expect("folders", answers.of("folders", answers.cache))


def in_vain(answers):
    answers.cache.write_text("a file\n")
    for cache in (answers.cache, answers.cache / "below", pathlib.Path("/proc/none")):
        answers.expect(str(cache), answers.of("in-vain", cache))
    answers.cache.unlink()
    answers.expect("a full disk", answers.of("full", answers.cache, limit=ROOM))
    if any(entry.stat().st_size >= ROOM or entry.suffix for entry in answers.entries()):
        sys.exit(f"a full disk: left {answers.entries()}")
    answers.expect("after a full disk", answers.of("after", answers.cache))


def shared(answers):
    begun = [answers.begin(f"run{i}", answers.cache) for i in range(6)]
    for run in begun:
        answers.expect(str(run[0]), answers.end(run))
    left = [entry.name for entry in answers.entries() if entry.suffix]
    if left or not answers.entries():
        sys.exit(f"entries that nobody finished: {left}")


def small(answers):
    for run in ("first", "second"):
        answers.expect(run, answers.of(run, answers.cache, COOP_CACHE_MIB="1"))
    if sum(entry.stat().st_size for entry in answers.entries()) > ROOM:
        sys.exit("more was kept than there is room for")


def main():
    state, combine, folder, *arguments = sys.argv[1:]
    folder = pathlib.Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    answers = Answers(combine, folder, arguments)
    answers.wanted = answers.of("without")
    {"kept": kept, "torn": torn, "in-vain": in_vain, "shared": shared,
     "small": small}[state](answers)


if __name__ == "__main__":
    main()
