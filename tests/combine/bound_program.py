#!/usr/bin/env python3
"""Compiles what `combine --dump=bound` prints: the artifacts as their authors wrote them, bound to
each other and to nothing of the rewriting, by clang++ as C++23. What this program does is what the
emitted program has to do.

    bound_program.py --combine COMBINE --clangxx "clang++ -std=c++23" --home DIR -o PROGRAM
                     SERVICE [OPTION...]

OPTION are combine's (`--with Compressor=SnapKv`).
"""
import argparse
import glob
import json
import os
import shlex
import subprocess
import sys


def split_dump(dump):
    """[(short name, text)] of a dump, whose parts start with `// ==== name`."""
    parts = []
    for line in dump.splitlines(keepends=True):
        if line.startswith("// ==== "):
            parts.append((line[len("// ==== ") :].strip(), []))
        else:
            parts[-1][1].append(line)
    return [(name, "".join(lines)) for name, lines in parts]


def write_overlays(dump, service, home, folder):
    """Writes the parts, and a file that tells Clang to read them instead of the authors' files."""
    os.makedirs(folder, exist_ok=True)
    originals = {
        os.path.basename(service): service,
        os.path.basename(service) + ".bound.cpp": service + ".bound.cpp",
        "artifact.h": os.path.join(home, "include/coop/artifact.h"),
        "service.h": os.path.join(home, "include/coop/service.h"),
    }
    if len(originals) != 4:
        raise SystemExit("a service named artifact.h or service.h cannot be told from Coop's")
    main, roots = None, []
    for name, text in split_dump(dump):
        at = os.path.join(folder, name)
        with open(at, "w") as out:
            out.write(text)
        if name.endswith(".bound.cpp"):
            main = at
        else:
            original = originals.get(name) or find_artifact(name, service, home)
            roots.append({"type": "file", "name": original, "external-contents": at})
    overlay = os.path.join(folder, "overlay.yaml")
    with open(overlay, "w") as out:  # JSON is YAML
        json.dump({"version": 0, "case-sensitive": "true", "roots": roots}, out, indent=1)
    return main, overlay


def find_artifact(name, service, home):
    """The header of an artifact: where rules are taken out, or macros written out."""
    for base in (find_root(service), home):
        found = glob.glob(os.path.join(glob.escape(base), "artifacts", "**", name), recursive=True)
        if len(found) == 1:
            return found[0]
    raise SystemExit(f"which file is {name}?")


def find_root(service):
    folder = os.path.dirname(service)
    return os.path.dirname(folder) if os.path.basename(folder) == "services" else folder


def build(combine, clangxx, home, output, service, options, libraries=""):
    service = os.path.abspath(service)
    command = [combine, "--device=cpu", "--dump=bound", *options, service]
    dumped = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if dumped.returncode != 0:
        raise SystemExit(f"{shlex.join(command)}\n{dumped.stderr}")
    main, overlay = write_overlays(dumped.stdout, service, home, output + ".bound")
    root = find_root(service)
    includes = [f"-I{base}{below}" for base in (root, home) for below in ("", "/kernels/cpu")]
    # The author's code is compiled as it is; its warnings are the author's.
    compile_it = [*shlex.split(clangxx), "-w", "-ivfsoverlay", overlay, *includes,
                  f"-I{home}/include", main, "-o", output, *libraries.split()]
    if subprocess.run(compile_it).returncode != 0:
        raise SystemExit(f"does not compile: {shlex.join(compile_it)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--combine", required=True)
    parser.add_argument("--clangxx", required=True)
    parser.add_argument("--home", required=True)
    parser.add_argument("-o", dest="output", required=True)
    parser.add_argument("service")
    parser.add_argument("options", nargs=argparse.REMAINDER)
    given = parser.parse_args()
    build(given.combine, given.clangxx, given.home, given.output, given.service, given.options)


if __name__ == "__main__":
    sys.exit(main())
