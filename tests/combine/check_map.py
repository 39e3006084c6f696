#!/usr/bin/env python3
"""Prints what a line map says, one piece per line, after checking that it is so:

    check_map.py EMISSION MAP ROOT

`artifacts/kv.h:7 int kv_far`: the piece, with the comment above it, starts at line 7 of that file;
its code starts so. Fails where lines overlap, lie outside of the emission, or where the author's
file has no such line.
"""
import json
import os
import sys


def main():
    emission_path, map_path, root = sys.argv[1:]
    with open(emission_path) as file:
        emission = file.read().split("\n")
    with open(map_path) as file:
        pieces = json.load(file)["pieces"]
    last = 0
    for piece in pieces:
        begin, end = piece["lines"]
        if not last < begin <= end <= len(emission):
            raise SystemExit(f"lines {begin}..{end} of {piece['name']} come after line {last}")
        last = end
        source = os.path.join(root, piece["file"])
        if os.path.exists(source):
            with open(source) as file:
                if not 1 <= piece["line"] <= file.read().count("\n"):
                    raise SystemExit(f"{piece['file']} has no line {piece['line']}")
        code = [line for line in emission[begin - 1 : end] if not line.startswith("//")]
        print(f"{piece['file']}:{piece['line']} {code[0].split('(')[0].rstrip(' {')}")


if __name__ == "__main__":
    sys.exit(main())
