#!/usr/bin/env python3
"""Ends `combine` at random moments, by the signals that users and shells send: the old output is
intact, or the new one is complete; no other file and no process is left.

    interrupt.py --combine COMBINE --seconds SECONDS SERVICE

Runs in the current folder, which must be empty. Its writes alone, which are short, are ended by
hundreds of signals in write_file_test.cpp.
"""
import argparse
import os
import random
import signal
import subprocess
import sys
import time

OUTPUT, MAP = "out.cpp", "out.cpp.map.json"


def read(path):
    with open(path) as file:
        return file.read()


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def group_is_gone(group):
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.01)
    return False


def end_one(command, delay, ending, as_terminal):
    """Starts the command, ends it, and returns its exit status as a shell sees it."""
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)
    time.sleep(delay)
    try:
        (os.killpg if as_terminal else os.kill)(process.pid, ending)
    except ProcessLookupError:
        pass
    status = process.wait(timeout=30)
    if not group_is_gone(process.pid):
        raise SystemExit(f"a process is left behind, after {ending.name} at {delay:.3f} s")
    return 128 - status if status < 0 else status


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--combine", required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("service")
    given = parser.parse_args()
    command = [given.combine, "--device=cpu", given.service, "-o", OUTPUT]

    anew = [*command, "--no-cache"]  # what is known already takes too short a time to be ended

    subprocess.run(command, check=True)
    start = time.monotonic()
    subprocess.run(anew, check=True)
    usual = time.monotonic() - start
    fresh = (read(OUTPUT), read(MAP))
    old = ("old\n", "old map\n")

    choose, ended, finished = random.Random(1), 0, 0
    while time.monotonic() - start < given.seconds or ended == 0:
        write(OUTPUT, old[0])
        write(MAP, old[1])
        ending = choose.choice([signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
        delay = choose.uniform(0, 1.2 * usual)
        status = end_one(choose.choice([command, anew, anew]), delay, ending,
                         as_terminal=choose.random() < 0.5)
        what = f"{ending.name} at {delay:.3f} of {usual:.3f} s"
        if status not in (0, 128 + ending):
            raise SystemExit(f"{what}: exit status {status}")
        found = (read(OUTPUT), read(MAP))
        if found != fresh and (status == 0 or found != old):
            raise SystemExit(f"{what}: the output is neither the old one nor the new one")
        if sorted(os.listdir(".")) != [OUTPUT, MAP]:
            raise SystemExit(f"{what}: left behind: {os.listdir('.')}")
        ended, finished = ended + (status != 0), finished + (status == 0)
    print(f"ended {ended} times, finished {finished} times", file=sys.stderr)


if __name__ == "__main__":
    main()
