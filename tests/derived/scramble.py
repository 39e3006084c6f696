#!/usr/bin/env python3
"""An artifact with other names is the same artifact: what is derived from it must not hang on them.

  tests/derived/scramble.py HEADER                            prints it with names that say nothing
  tests/derived/scramble.py --combine build/bin/combine HEADER ...   compares what is derived

Renamed is what the header declares: classes, fields, methods, parameters, variables. The names of
peers and of what they are asked stay, and so do hooks. Exit code 1 if the scrambled artifact has
another kind, or other laws.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
HOOK = re.compile(r"(after|before|on)_\w+")
DECLARED = re.compile(
    r"\b(Field|Var|ParmVar|Binding|CXXMethod|CXXRecord)Decl 0x.* (?:line|col):[\d:]+ "
    r"(?:used |referenced |implicit |struct |class )*(\w+)(?= '| definition|$)", re.MULTILINE)


def declared_names(path, text):
    """What the header's artifacts declare, apart from what others must find by its name."""
    fields, names = set(), set()
    for artifact in re.findall(r"(?:struct|class) (\w+) : (?:public )?coop::Artifact", text):
        dump = subprocess.run(
            ["clang++-22", "-std=c++23", "-fsyntax-only", f"-I{ROOT}/include", f"-I{ROOT}",
             f"-I{ROOT}/kernels/cpu", "-x", "c++", "-Xclang", "-ast-dump", "-Xclang",
             f"-ast-dump-filter={artifact}", str(path)], capture_output=True, text=True).stdout
        for one in re.split(r"^Dumping ", dump, flags=re.MULTILINE):
            if not re.match(rf"([\w:]+::)?{artifact}:\n", one):
                continue  # LlamaConfig is not Llama
            found = DECLARED.findall(one)
            names |= {name for _, name in found}
            fields |= {name for kind, name in found if kind == "Field"}
    # What is asked of peers and of library classes, and what other headers' classes hold.
    asked = set(re.findall(r"self\.\w+\s*\.\s*(\w+)", text))
    asked |= set(re.findall(r"(?<!\bself)(?:\.|->)\s*(\w+)\s*\(", text))
    asked |= set(re.findall(r"(?<!\bself)(?:\.|->)\s*(\w+)", text)) - fields
    says = {"rows", "keeps"}  # in examples, whatever is called so
    return {name for name in names - asked - says - {"self", "this"} if not HOOK.fullmatch(name)}


def scrambled(path):
    """The header, and how many of its names are other ones."""
    text = path.read_text()
    other = {name: f"q{i}" for i, name in enumerate(sorted(declared_names(path, text)))}
    lines = [line if line.startswith("#") else
             re.sub(r"(?<!::)\b[A-Za-z_]\w*", lambda found: other.get(found[0], found[0]), line)
             for line in text.splitlines()]
    return "\n".join(lines) + "\n", len(other)


def derived(combine, header):
    """The kind that is found, and the laws that are listed; or what is wrong, by name."""
    run = subprocess.run([combine, "test", "--print", str(header)], capture_output=True, text=True)
    if run.returncode != 0:
        errors = re.findall(r"\[[a-z-]+\]$", run.stderr, re.MULTILINE)  # [unknown-member], say
        said = errors or [run.stdout[-400:] + run.stderr[-400:]]
        return [f"exit code {run.returncode}:", *said]
    kinds = re.findall(r"^// Kind:\s+(.*?),? since", run.stdout, re.MULTILINE)
    laws = re.search(r"^COOP_LAWS\(\w+,([^)]*)\)", run.stdout, re.MULTILINE)
    return kinds + sorted(re.findall(r"\w+", laws[1] if laws else ""))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--combine")
    parser.add_argument("headers", nargs="+", type=pathlib.Path)
    options = parser.parse_args()
    if not options.combine:
        return print(scrambled(options.headers[0])[0], end="")
    failed = 0
    for header in options.headers:
        with tempfile.TemporaryDirectory() as folder:
            copies = []
            text, count = scrambled(header)
            for name, content in [("clean", header.read_text()), ("scrambled", text)]:
                copy = pathlib.Path(folder) / name / "artifacts" / header.name
                copy.parent.mkdir(parents=True)
                copy.write_text(content)
                copies.append(derived(options.combine, copy))
        same = copies[0] == copies[1] and len(copies[0]) > 0
        failed += not same
        print(f"{'same' if same else 'DIFFERS':8} {header.name}, {count} names: {copies[0][0]}")
        if not same:
            print("  written:  ", *copies[0])
            print("  scrambled:", *copies[1])
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
