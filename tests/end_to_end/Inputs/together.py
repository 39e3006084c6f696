"""Emissions, each in a namespace, as one program's text: what they include is read by nvcc once.

    together.py one.cu two.cu > together.cu
"""

import pathlib
import re
import sys

INCLUDE = re.compile(r"^#include <[^>\n]+>.*\n", re.MULTILINE)
texts = [pathlib.Path(path).read_text() for path in sys.argv[1:]]
includes = {line.split("//")[0].strip() for text in texts for line in INCLUDE.findall(text)}
print("\n".join(sorted(includes)))
for number, text in enumerate(texts):
    print(f"namespace emission_{number} {{\n{INCLUDE.sub('', text)}\n}}")
