#!/usr/bin/env python3
"""docs/diffs/: what a larger scale changes in the emission of services/decode.h, for readers.

    scale_diffs.py check NAME    is docs/diffs/NAME.diff what combine says now?
    scale_diffs.py bless         write all of them again (`cmake --build build -t bless`)

A page is what `combine diff` prints, but for what teaches nothing: the sections of NOT_SHOWN,
places and lengths (so that a page changes only when what it shows does), and lines that only moved
to the right.
"""

import argparse
import difflib
import pathlib
import re
import subprocess
import sys

PAGES = {
    "single-gpu..node": "Threads: a world, collectives where methods have rules, owned artifacts.",
    "node..cluster": "Processes: whoever does not own an artifact sends its calls.",
}
# Lists of headers, templates that say themselves what they are, and how files are read.
NOT_SHOWN = ("includes", "templates/", "artifacts/load/")
SECTION = re.compile(r"^--- (.*) \(.*\)$")
SKIPPED = 77  # SKIP_RETURN_CODE in CMakeLists.txt
MEND = "to mend: cmake --build build --target bless, then review `git diff docs/diffs`"


def command_of(name):
    return ["diff", f"--scale={name}", "--device=cpu", "services/decode.h"]


def split(text):
    """What combine says in front of the first section, and {section: its lines}."""
    sections = {"": []}
    title = ""
    for line in text.splitlines():
        if found := SECTION.match(line):
            title = found.group(1)
            sections[title] = []
        sections[title].append(line)
    return sections.pop(""), sections


def without_counts(summary):
    return [re.sub(r", [0-9]+ lines?$", "", line) for line in summary if " the same" not in line]


def hunks_of(lines):
    """The hunks of a section, each as its lines behind `@@`."""
    hunks = []
    for line in lines:
        if line.startswith("@@"):
            hunks.append([])
        elif hunks:
            hunks[-1].append(line)
    while hunks and hunks[-1] and not hunks[-1][-1].strip():
        hunks[-1].pop()
    return hunks


def forget_indentation(hunk):
    """A hunk → hunks in which a line is the same wherever it begins."""
    before = [line[1:] for line in hunk if not line.startswith("+")]
    after = [line[1:] for line in hunk if not line.startswith("-")]
    stripped = [[line.strip() for line in side] for side in (before, after)]
    for group in difflib.SequenceMatcher(None, *stripped, False).get_grouped_opcodes(3):
        out = []
        for kind, first, last, start, end in group:
            if kind == "equal":
                out += [" " + line for line in after[start:end]]
            else:
                out += ["-" + line for line in before[first:last]]
                out += ["+" + line for line in after[start:end]]
        yield [line.rstrip() for line in out]


def page(root, combine, name):
    command = [str(combine), *command_of(name)]
    run = subprocess.run(command, cwd=root, capture_output=True, text=True)
    if "[missing-mpi]" in run.stderr:
        print(f"skipped: {name} needs MPI (scripts/setup)")
        sys.exit(SKIPPED)
    if run.returncode != 0:
        sys.exit(f"combine exits with {run.returncode}: {' '.join(command)}\n{run.stderr}")
    summary, sections = split(run.stdout)
    out = [
        f"# {PAGES[name]}",
        f"# combine {' '.join(command_of(name))}",
        "# without includes, templates, what reads files, and lines that only moved to the right.",
        "# Written by tests/emitted/scale_diffs.py; docs/scales.md says more.",
        "",
        *without_counts(summary),
    ]
    for title, lines in sections.items():
        if title.startswith(NOT_SHOWN):
            continue
        out += lines[:2]
        for hunk in hunks_of(lines[2:]):
            for part in forget_indentation(hunk):
                out += ["@@ @@", *part]
        out.append("")
    return "\n".join(out).rstrip() + "\n"


def path_of(root, name):
    return root / "docs/diffs" / f"{name}.diff"


def check(root, combine, name):
    now, kept = page(root, combine, name), path_of(root, name).read_text()
    if now == kept:
        print(f"docs/diffs/{name}.diff is fresh")
        return
    difference = difflib.unified_diff(
        kept.splitlines(), now.splitlines(), f"docs/diffs/{name}.diff", "now", lineterm=""
    )
    sys.exit("\n".join([*difference, MEND]))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("verb", choices=["check", "bless"])
    parser.add_argument("name", nargs="?", choices=list(PAGES))
    parser.add_argument("--root", type=pathlib.Path, required=True, help="the repository")
    parser.add_argument("--combine", type=pathlib.Path, required=True)
    options = parser.parse_args()
    if options.verb == "check":
        check(options.root, options.combine, options.name)
        return
    for name in PAGES:
        path_of(options.root, name).write_text(page(options.root, options.combine, name))
        print(f"wrote docs/diffs/{name}.diff")


if __name__ == "__main__":
    main()
