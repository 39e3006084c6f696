"""The headers of all shipped artifacts, with all mutants in them, compile where they are used.

    mutants_compile.py COMBINE ROOT COMPILER...

The services are bound by hand, so that every method is instantiated with the types of its peers.
"""

import pathlib
import re
import subprocess
import sys

combine, root, compiler = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
headers = sorted(path.relative_to(root) for path in root.glob("artifacts/*/*.h"))
for header in headers:
    text = subprocess.run(
        [combine, "mutate", "--schemata", root / header], capture_output=True, text=True, check=True
    ).stdout
    # Only one header at a time has mutants, as a rule: here, each of them would define the chooser.
    chooser = re.compile(r"inline (bool coop_mutant\(unsigned) id\) \{.*return id == chosen; \} ")
    text, choosers = chooser.subn(r"\1); ", text)
    assert choosers == 1, header
    header.parent.mkdir(parents=True, exist_ok=True)
    header.write_text(text)
folders = [f"-I{folder}" for folder in (".", root, root / "include", root / "kernels/cpu")]
program = root / "tests/artifacts/hand_bound_decode.cpp"
compiled = subprocess.run([*compiler, "-w", "-fsyntax-only", *folders, program])
if compiled.returncode == 0:
    print(f"{len(headers)} headers compile with their mutants")
sys.exit(compiled.returncode)
