#!/usr/bin/env python3
"""The committed emissions in generated/: are they what combine emits, and do they compile alone?

    golden.py check OUTPUT      emit OUTPUT again, in a copy of the sources, and compare all bytes
    golden.py stray             every file under generated/ has a line in the manifest
    golden.py compile OUTPUT    compile OUTPUT in an empty folder, with warnings as errors
    golden.py bless             emit everything again and keep it (`cmake --build build -t bless`)

generated/manifest has a line per emission, `<output> <arguments of combine>`; `#` starts a comment.
What combine writes beside an output (the line map) is compared and kept with it.
"""

import argparse
import difflib
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77  # SKIP_RETURN_CODE in CMakeLists.txt
MANIFEST = pathlib.PurePosixPath("generated/manifest")
# Written by hand, beside what is emitted.
BY_HAND = {"README.md", "manifest"}
# What combine may read; an emission that depends on anything else does not survive the copy.
SOURCES = [".clang-format", "artifacts", "include", "kernels", "services", "templates"]
# A single-gpu emission has no trace of the larger scales, nor of macros that combine has decided.
FORBIDDEN = re.compile(r"(?i:nccl|zmq|zeromq)|\bMPI_|\bCOOP_\w+|\bcoop::|#include +[<\"]coop/")
# Of several ranks: what they are made of, and the environment that it reads.
FORBIDDEN_AT_SCALE = re.compile(
    r"\bCOOP_(?!CHECK_COLLECTIVES|DEADLINE)\w+|\bcoop::|#include +[<\"]coop/"
)
LONGEST_DIFF_LINES = 80


class Failure(Exception):
    """A test's verdict, in words for whoever reads ctest's output."""


class Skip(Exception):
    """Why a test cannot run on this machine."""


def read_manifest(root):
    """Returns {output: arguments} in the manifest's order, outputs relative to the root."""
    emissions = {}
    for number, line in enumerate((root / MANIFEST).read_text().splitlines(), 1):
        words = shlex.split(line, comments=True)
        if not words:
            continue
        output, arguments = words[0], words[1:]
        place = f"{MANIFEST}:{number}"
        if not output.startswith("generated/") or ".." in pathlib.PurePosixPath(output).parts:
            raise Failure(f"{place}: error: '{output}' is not under generated/")
        if not arguments:
            raise Failure(f"{place}: error: no arguments of combine follow '{output}'")
        if output in emissions:
            raise Failure(f"{place}: error: '{output}' is listed twice")
        emissions[output] = arguments
    return emissions


def emit(combine, sources, arguments, output, into):
    """Runs combine in the folder `sources`; returns {path: bytes} of all it wrote for `output`."""
    target = into / output
    target.parent.mkdir(parents=True, exist_ok=True)
    command = [str(combine), *arguments, "-o", str(target)]
    run = subprocess.run(command, cwd=sources, capture_output=True, text=True)
    said = (run.stderr + run.stdout).strip()
    if "[missing-toolkit]" in said:
        raise Skip(f"{output} needs the CUDA toolkit's headers (scripts/setup --cuda)")
    if run.returncode != 0:
        raise Failure(f"combine exits with {run.returncode}: {shlex.join(command)}\n{said}")
    written = {
        path.relative_to(into).as_posix(): path.read_bytes()
        for path in sorted(into.rglob("*"))
        if path.is_file()
    }
    if output not in written:
        raise Failure(f"combine succeeds and writes no {output}: {shlex.join(command)}")
    return written


def emit_in_copy(combine, root, arguments, output):
    with tempfile.TemporaryDirectory(prefix="coop-golden-") as scratch:
        copy = pathlib.Path(scratch, "elsewhere")
        copy.mkdir()
        for name in SOURCES:
            if (root / name).is_dir():
                shutil.copytree(root / name, copy / name)
            elif (root / name).exists():
                shutil.copy2(root / name, copy / name)
        return emit(combine, copy, arguments, output, pathlib.Path(scratch, "out"))


def emit_in_place(combine, root, arguments, output):
    with tempfile.TemporaryDirectory(prefix="coop-golden-") as scratch:
        return emit(combine, root, arguments, output, pathlib.Path(scratch))


def show_difference(path, committed, emitted):
    lines = list(
        difflib.unified_diff(
            committed.decode(errors="replace").splitlines(),
            emitted.decode(errors="replace").splitlines(),
            f"{path} (committed)",
            f"{path} (emitted now)",
            lineterm="",
        )
    )
    if len(lines) > LONGEST_DIFF_LINES:
        left = len(lines) - LONGEST_DIFF_LINES
        lines = lines[:LONGEST_DIFF_LINES] + [f"... and {left} more lines of difference"]
    return "\n".join(lines) or f"{path}: only line ends differ"


def differences(root, emitted):
    found = []
    for path, content in emitted.items():
        committed = root / path
        if not committed.exists():
            found.append(f"{path} is emitted and not committed")
        elif committed.read_bytes() != content:
            found.append(show_difference(path, committed.read_bytes(), content))
    return found


def refresh_command(root, output, arguments):
    return (
        f"to refresh: cmake --build build --target bless\n"
        f"       (or: combine {shlex.join(arguments)} -o {output})\n"
        f"then review `git diff generated`"
    )


def check(root, combine, output):
    arguments = read_manifest(root)[output]
    found = differences(root, emit_in_copy(combine, root, arguments, output))
    if not found:
        print(f"{output} is fresh")
        return
    if not differences(root, emit_in_place(combine, root, arguments, output)):
        found.append(
            "error: emitted in the repository itself it is the same: the emission depends on where"
            " the sources are"
        )
        raise Failure("\n".join(found))
    raise Failure("\n".join([*found, "", refresh_command(root, output, arguments)]))


def stray(root):
    """An emission that left the manifest would never be compared again."""
    emissions = read_manifest(root)
    stems = {str(pathlib.PurePosixPath(output).with_suffix("")) for output in emissions}
    strays = []
    for path in sorted((root / "generated").rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_dir() or path.name in BY_HAND or name in emissions:
            continue
        if name.startswith("generated/tests/") and name.endswith(("_test.cpp", ".kept", ".golden")):
            continue  # tests/derived compares it
        # `single-gpu.map.json` and the like lie beside the output that they belong to.
        if not any(name.startswith(f"{stem}.") for stem in stems):
            strays.append(f"{name}: no line of {MANIFEST} emits it; delete it or list it")
    if strays:
        raise Failure("\n".join(strays))
    print(f"{len(emissions)} emissions, no stray file")


def refuse_forbidden_words(root, output):
    if not (root / output).exists():
        raise Failure(f"{output} is in {MANIFEST} and was never emitted: use target `bless`")
    of_several = re.search("--scale=(node|cluster)", (root / output).read_text())
    forbidden = FORBIDDEN_AT_SCALE if of_several else FORBIDDEN
    found = [
        f"{output}:{number}: '{match.group()}' does not belong in this emission: {line.strip()}"
        for number, line in enumerate((root / output).read_text().splitlines(), 1)
        if (match := forbidden.search(line))
    ]
    if found:
        raise Failure("\n".join(found))


def banner_command(root, output):
    """How the file tells its reader to build it: the words of its `// Build:` line."""
    for line in (root / output).read_text().splitlines():
        if build := re.match(r"// *Build: *(.*)", line):
            return shlex.split(build.group(1))
    raise Failure(f"{output} has no line `// Build: <command>` in its banner")


def compile_alone(root, output, gxx, nvcc):
    """The banner's own command, so with its optimization, on which some warnings depend."""
    refuse_forbidden_words(root, output)
    name = pathlib.PurePosixPath(output).name
    is_cuda = name.endswith(".cu")
    if is_cuda and not nvcc:
        raise Skip(f"{output} needs nvcc (scripts/setup --cuda)")
    compiler, *options = banner_command(root, output)
    if name not in options:
        raise Failure(f"{output}: the `// Build:` line of its banner does not compile {name}")
    # -arch=native needs a GPU.
    options = ["-arch=sm_80" if word == "-arch=native" else word for word in options]
    warnings = ["-Werror", "all-warnings"] if is_cuda else ["-Wall", "-Wextra", "-Werror"]
    if "mpicxx" in (compiler, *options) and not shutil.which("mpicxx"):
        raise Skip(f"{output} needs mpicxx (scripts/setup)")
    if compiler == "g++":
        compiler = gxx
    command = [nvcc if is_cuda else compiler, *options, *warnings]
    with tempfile.TemporaryDirectory(prefix="coop-golden-") as empty:
        shutil.copy2(root / output, empty)
        run = subprocess.run(command, cwd=empty, capture_output=True, text=True)
        if run.returncode != 0:
            raise Failure(
                f"{output} does not compile alone: {shlex.join(command)}\n{run.stdout}{run.stderr}"
            )
    print(f"{output} compiles alone: {shlex.join(command)}")


def bless(root, combine):
    left = []
    for output, arguments in read_manifest(root).items():
        try:
            emitted = emit_in_place(combine, root, arguments, output)
        except Skip as reason:
            left.append(str(reason))
            continue
        for path, content in emitted.items():
            fresh = (root / path).exists() and (root / path).read_bytes() == content
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(content)
            print(f"{'same' if fresh else 'wrote'} {path}")
    if left:
        raise Failure("\n".join(f"left as it was: {reason}" for reason in left))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("verb", choices=["check", "stray", "compile", "bless"])
    parser.add_argument("output", nargs="?", help="an output of the manifest")
    parser.add_argument("--root", type=pathlib.Path, required=True, help="the repository")
    parser.add_argument("--combine", type=pathlib.Path, help="the command under test")
    parser.add_argument("--gxx", default="g++")
    parser.add_argument("--nvcc", default=os.environ.get("NVCC", ""))
    options = parser.parse_args()
    nvcc = "" if options.nvcc.endswith("-NOTFOUND") else options.nvcc
    try:
        if options.verb == "check":
            check(options.root, options.combine, options.output)
        elif options.verb == "stray":
            stray(options.root)
        elif options.verb == "compile":
            compile_alone(options.root, options.output, options.gxx, nvcc)
        else:
            bless(options.root, options.combine)
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    except Skip as reason:
        print(f"skipped: {reason}")
        return SKIPPED
    return 0


if __name__ == "__main__":
    sys.exit(main())
