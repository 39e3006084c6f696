#!/usr/bin/env python3
"""What the compiler does not see: layers, dead files, untested messages, and the text of files.

    tidy.py --root REPOSITORY [CHECK...]     all checks without a name; exit 1 if one complains
    tidy.py --list                           their names

Each check is a function from a Tree to complaints, `path:line: error: what and why`. A rule is here
only if breaking it has cost somebody time; its reason stands beside it.
"""

import argparse
import fnmatch
import pathlib
import re
import shutil
import subprocess
import sys

CPP_SUFFIXES = {".h", ".cpp", ".cu", ".cuh"}
COLUMNS = 100

# What a folder must not include, and why. A pattern is matched against the text between the quotes.
LAYERS = [
    (
        "kernels",
        r"(artifacts|services|combiner|templates|tests|kernels|coop)/",
        "a kernel is an operation on plain arrays, found by its bare name for each device",
    ),
    (
        "artifacts",
        r"(services|combiner|templates|tests)/|coop/service\.h$",
        "an artifact knows nothing of the service that registers it",
    ),
    (
        "artifacts",
        r"kernels/",
        "a kernel is included by its bare name, so that the device decides which one it is",
    ),
    (
        "services",
        r"(kernels|combiner|templates|tests)/",
        "a service registers artifacts; it computes nothing itself",
    ),
    (
        "combiner",
        r"(kernels|artifacts|services|templates|tests|coop)/",
        "the combiner reads authors' files as text",
    ),
    ("templates", r"(combiner|tests)/", "a template is pasted into emissions"),
    (
        "include",
        r"(kernels|artifacts|services|combiner|templates|tests)/",
        "the authors' headers stand alone",
    ),
]

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


class Tree:
    """The files that are, or would be, committed: paths relative to the root, and their text."""

    def __init__(self, root):
        self.root = root
        self.paths = sorted(self._tracked() or self._walked())
        self._texts = {}

    def _tracked(self):
        # Else an unpacked archive, or a folder inside somebody else's repository.
        if not (self.root / ".git").exists() or not shutil.which("git"):
            return []
        listing = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=self.root,
            capture_output=True,
            text=True,
        )
        if listing.returncode != 0:
            return []
        return [path for path in listing.stdout.split("\0") if (self.root / path).is_file()]

    def _walked(self):
        skipped = {".git", ".cache", "__pycache__"}
        return [
            path.relative_to(self.root).as_posix()
            for path in self.root.rglob("*")
            if path.is_file()
            and not skipped.intersection(path.relative_to(self.root).parts)
            and not path.relative_to(self.root).parts[0].startswith("build")
        ]

    def text(self, path):
        """The file's text, or None if it is binary."""
        if path not in self._texts:
            content = (self.root / path).read_bytes()
            try:
                text = None if b"\0" in content else content.decode()
            except UnicodeDecodeError:
                text = None
            self._texts[path] = text
        return self._texts[path]

    def under(self, *folders, suffixes=None):
        """Text files in the folders (all, without one), with one of the suffixes."""
        for path in self.paths:
            if folders and pathlib.PurePosixPath(path).parts[0] not in folders:
                continue
            if suffixes and pathlib.PurePosixPath(path).suffix not in suffixes:
                continue
            if self.text(path) is not None:
                yield path, self.text(path)


def is_data(path):
    """Inputs of tests and models: their bytes are not ours to lay out."""
    data = ["tests/fixtures/*", "examples/models/*", "*/Inputs/*"]
    return any(fnmatch.fnmatch(path, pattern) for pattern in data) and not re.search(
        r"\.(md|py|h|cpp|cu)$", path
    )


def includes(text):
    for number, line in enumerate(text.splitlines(), 1):
        if found := INCLUDE.match(line):
            yield number, found.group(2)


# ---- The checks ----------------------------------------------------------------------------------


def layering(tree):
    for folder, forbidden, reason in LAYERS:
        for path, text in tree.under(folder, suffixes=CPP_SUFFIXES):
            for number, name in includes(text):
                if re.match(forbidden, name):
                    yield f"{path}:{number}: error: {folder}/ must not include {name}: {reason}"


def mentions(path, name, text):
    """Whether the text includes the file, or names its path: `"b.h"`, `<a/b.h>`, `a/b.cpp`."""
    base = re.escape(name)
    return path in text or re.search(rf"""(?<![\w.-]){base}(?![\w.-])""", text) is not None


def structs_of(text):
    return re.findall(r"^(?:template <.*> )?struct (\w+)", text, re.MULTILINE)


def is_used(tree, path, text):
    folder, name = pathlib.PurePosixPath(path).parts[0], pathlib.PurePosixPath(path).name
    if folder == "combiner" and path.endswith(".cpp") and "GLOB" in (
        tree.text("combiner/CMakeLists.txt") if "combiner/CMakeLists.txt" in tree.paths else ""
    ):
        return True
    words = structs_of(text) if folder == "artifacts" else []
    for other, other_text in tree.under():
        if other == path or other.startswith("generated/"):
            continue
        if folder == "kernels" and other.endswith(f"/{name}"):
            continue  # its counterpart for the other device
        # A kernel or a stage that only its own test and its README know is dead all the same. An
        # artifact may be one that users choose (`--with Compressor=SnapKv`): naming it is enough.
        if folder != "artifacts" and (other.startswith("tests/") or other.endswith(".md")):
            continue
        if mentions(path, name, other_text):
            return True
        if any(re.search(rf"\b{word}\b", other_text) for word in words):
            return True
    return False


def dead_files(tree):
    for path, text in tree.under(
        "kernels", "artifacts", "templates", "combiner", suffixes=CPP_SUFFIXES | {".def"}
    ):
        if not is_used(tree, path, text):
            yield f"{path}:1: error: nothing includes or names this file"


def diagnostics(tree):
    """A message without a test is a message that nobody has read in its place."""
    source = "combiner/diagnostics.def"
    if source not in tree.paths:
        return
    tests = "\n".join(
        text for path, text in tree.under("tests") if not path.startswith("tests/tidy/")
    )
    for number, line in enumerate(tree.text(source).splitlines(), 1):
        found = re.match(r"\s*DIAGNOSTIC\(\s*(\w+)", line)
        if not found:
            continue
        name = found.group(1).replace("_", "-")
        # FileCheck may need the brackets escaped: {{\[}}name{{\]}} holds no bare [name].
        if not re.search(rf"\[{name}\]|\\\[{name}\\\]|\\\[}}}}{name}", tests):
            yield f"{source}:{number}: error: no test under tests/ expects [{name}]"


def columns(tree):
    for path, text in tree.under(suffixes=CPP_SUFFIXES | {".py"}):
        if path.startswith("generated/"):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            # lit's own lines cannot be wrapped, nor can addresses.
            unbreakable = "://" in line or re.match(r"\s*(//|#) *[A-Z][A-Z0-9_-]*:", line)
            if len(line) > COLUMNS and not unbreakable:
                yield f"{path}:{number}: error: {len(line)} columns are more than {COLUMNS}"


def text_files(tree):
    for path, text in tree.under():
        if is_data(path):
            continue
        if text and not text.endswith("\n"):
            yield f"{path}:{text.count(chr(10)) + 1}: error: no newline at the end of the file"
        for number, line in enumerate(text.split("\n"), 1):
            if "\t" in line:
                yield f"{path}:{number}: error: a tab"
            if "\r" in line:
                yield f"{path}:{number}: error: a carriage return"


def machine_paths(tree):
    # A path of somebody's machine works there alone.
    pattern = re.compile(r"(?<![\w.~$}/-])/(?:home|root|work)/")
    for path, text in tree.under():
        if is_data(path):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if found := pattern.search(line):
                yield f"{path}:{number}: error: '{found.group()}...' is a path of one machine"


def links(tree):
    fence = re.compile(r"^(`{3,})[^\n]*\n.*?^\1[ ]*$", re.MULTILINE | re.DOTALL)
    link = re.compile(r"\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
    for path, text in tree.under(suffixes={".md"}):
        # Code is blanked, not cut, so that lines keep their numbers.
        prose = fence.sub(lambda block: re.sub(r"[^\n]", " ", block.group()), text)
        prose = re.sub(r"`[^`\n]*`", lambda code: "`" * len(code.group()), prose)
        for number, line in enumerate(prose.splitlines(), 1):
            for target in link.findall(line):
                target = target.split("#")[0]
                if not target or re.match(r"[a-z]+:", target):
                    continue
                if not (tree.root / path).parent.joinpath(target).exists():
                    yield f"{path}:{number}: error: the link leads nowhere: {target}"


def pitfalls(tree):
    """Each row of docs/pitfalls.md says what becomes of a construct, and links its test."""
    path = "docs/pitfalls.md"
    text = tree.text(path) if path in tree.paths else ""
    for number, line in enumerate(text.splitlines(), 1):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|") or set(line) <= set("|-") or cells[-1] == "test":
            continue
        tests = re.findall(r"\]\(\.\./(tests/[^)]*)\)", cells[-1])
        if cells[-2] not in ("handled", "refused"):
            yield f"{path}:{number}: error: neither handled nor refused"
        if not tests or not all((tree.root / test).is_file() for test in tests):
            yield f"{path}:{number}: error: no test shows it"


def formatting(tree, command="clang-format-22"):
    """Tests of lit are left as they are: their mistakes and CHECK lines stand where they must."""
    paths = [
        path
        for path, text in tree.under(suffixes=CPP_SUFFIXES)
        if not path.startswith("generated/")
        and not (path.startswith("tests/") and re.search(r"^// RUN:", text, re.MULTILINE))
        and not is_data(path)
        and "/Inputs/" not in path
    ]
    if not paths:
        return
    run = subprocess.run(
        [command, "--dry-run", "--Werror", "--style=file", *paths],
        cwd=tree.root,
        capture_output=True,
        text=True,
    )
    wrong = sorted(set(re.findall(r"^(.+?):\d+:\d+: error", run.stderr, re.MULTILINE)))
    for path in wrong:
        yield f"{path}:1: error: not formatted: run {command} -i {path}"
    if run.returncode != 0 and not wrong:
        yield f"error: {command} fails: {run.stderr.strip()}"


CHECKS = [
    layering,
    dead_files,
    diagnostics,
    columns,
    text_files,
    machine_paths,
    links,
    pitfalls,
    formatting,
]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = {check.__name__: check for check in CHECKS}
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path("."))
    parser.add_argument("--list", action="store_true")
    parser.add_argument("checks", nargs="*", metavar="CHECK", help=", ".join(names))
    options = parser.parse_args()
    if options.list:
        print("\n".join(names))
        return 0
    if unknown := [name for name in options.checks if name not in names]:
        parser.error(f"no check is called {unknown[0]}; there are {', '.join(names)}")
    tree = Tree(options.root.resolve())
    count = 0
    for name in options.checks or names:
        for complaint in names[name](tree):
            print(f"{complaint} [{name}]")
            count += 1
    print(f"{len(tree.paths)} files, {count} complaints")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
