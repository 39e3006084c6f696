#!/usr/bin/env python3
"""Writes to a disk without room: an error, the old output as it was, and nothing beside it.

    full_disk.py --combine COMBINE SERVICE

Needs the right to mount a disk of a few pages; without, says so and exits with 0.
"""
import argparse
import os
import subprocess


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--combine", required=True)
    parser.add_argument("service")
    given = parser.parse_args()
    os.makedirs("disk", exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", "disk"]
    if subprocess.run(mount, capture_output=True).returncode != 0:
        print("skipped: not allowed to mount a small disk")
        return
    try:
        with open("disk/out.cpp", "w") as old:
            old.write("old\n")
        with open("disk/filler", "w") as filler:
            filler.write("x" * 3 * 4096)
        command = [given.combine, "--device=cpu", given.service, "-o", "disk/out.cpp"]
        ran = subprocess.run(command, capture_output=True, text=True)
        expected = (1, "combine: error: cannot write '", ": No space left on device\n")
        if (ran.returncode, ran.stderr[:30], ran.stderr[-26:]) != expected:
            raise SystemExit(f"exit {ran.returncode}: {ran.stderr}")
        with open("disk/out.cpp") as kept:
            if kept.read() != "old\n" or len(os.listdir("disk")) != 2:
                raise SystemExit(f"the old output is gone, or not alone: {os.listdir('disk')}")
    finally:
        subprocess.run(["umount", "disk"], check=True)


if __name__ == "__main__":
    main()
