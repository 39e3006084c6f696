#!/usr/bin/env python3
"""How many small mistakes in an emitted program does the differential notice?

    tests/differential/mutate_emission.py [--inputs 200] [--every 10] [SERVICE...]

`combine mutate` makes the mutants of what `combine` emits for the CPU. All that can stand beside
each other are one program, in which $MUT chooses; the others are built alone. A mutant is killed
when the first input comes for which it does not do what the bound source does. It does not count
when equivalents.json says why no input could tell it from the original, and kernels are left out:
how they work is no matter of the combiner's, and tests/kernels compares them with float64.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import differential
import random_inputs

EQUIVALENTS = differential.HERE / "equivalents.json"


class Inputs:
    """Command lines, and what the bound source does with each."""

    def __init__(self, service, bound, given, scratch):
        help_text = bound.run(["--help"], scratch).out

        def draw(seed):
            folder = pathlib.Path(tempfile.mkdtemp(dir=scratch))
            drawn = random_inputs.Inputs(help_text, service.get("draw", {}), seed, folder)
            words = drawn.command_line()
            return words, bound.run(words, scratch)

        first = given.seed * 1000
        with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
            self.all = list(pool.map(draw, range(first, first + given.inputs)))

    def killer(self, program, scratch, environment):
        """The number of the first input that tells the program from the bound source, or None."""
        for number, (words, expected) in enumerate(self.all):
            if program.run(words, scratch, environment) != expected:
                return number
        return None


def output_of(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stderr}")
    return done.stdout


def build(text, name, column, folder):
    source = folder / f"{name}.cpp"
    source.write_text(text)
    wrong = differential.compile_emission(source, column, folder / name)
    return (None, wrong) if wrong else (folder / name, "")


def outside_of_kernels(mutants, emission):
    """By the map that stands beside the emission."""
    pieces = json.loads(emission.with_name(emission.name + ".map.json").read_text())["pieces"]
    kernels = [each["lines"] for each in pieces if each["file"].startswith("kernels/")]
    return [mutant for mutant in mutants
            if not any(first <= mutant["line"] <= last for first, last in kernels)]


def mark_equivalents(service, mutants, lines):
    """Of those that survived."""
    known = json.loads(EQUIVALENTS.read_text()).get(service["name"], [])
    for mutant in mutants:
        line = lines[mutant["line"] - 1].strip()
        is_known = any(line.startswith(entry["line"]) and
                       all(entry.get(part, mutant[part]) == mutant[part]
                           for part in ("before", "after"))
                       for entry in known)
        if mutant["outcome"] == "survived" and is_known:
            mutant["outcome"] = "equivalent"


def judge(mutant, inputs, shared, service, column, given, scratch):
    """Sets the mutant's outcome: killed, survived or uncompiled."""
    path = shared
    if mutant["alone"]:
        text = output_of([given.combine, "mutate", f"--id={mutant['id']}", given.emission])
        path, _ = build(text, f"alone{mutant['id']}", column, scratch)
        if not path:
            mutant["outcome"] = "uncompiled"
            return
    program = differential.Program("mutant", path, service.get("ignore"), seconds=5)
    mutant["killer"] = inputs.killer(program, scratch, {"MUT": str(mutant["id"])})
    mutant["outcome"] = "survived" if mutant["killer"] is None else "killed"


def score(service, given, scratch):
    column = next(c for c in differential.columns(given) if c.name.endswith("clang++"))
    bound = differential.build_bound(service, given, scratch)
    given.emission = differential.emit(service, column, given.combine, scratch)
    lines = given.emission.read_text().splitlines()
    mutants = json.loads(output_of([given.combine, "mutate", "--json", given.emission]))
    mutants = outside_of_kernels(mutants, given.emission)[::given.every]
    shared, wrong = build(output_of([given.combine, "mutate", "--schemata", given.emission]),
                          "schemata", column, scratch)
    if not shared:
        sys.exit(f"the mutants do not compile beside each other\n{wrong}")
    inputs = Inputs(service, bound, given, scratch)
    clean = differential.Program("clean", shared, service.get("ignore"))
    if inputs.killer(clean, scratch, {"MUT": "0"}) is not None:
        sys.exit(f"{service['name']}: without a mutant it does something else already")
    with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
        list(pool.map(lambda each: judge(each, inputs, shared, service, column, given, scratch),
                      mutants))
    mark_equivalents(service, mutants, lines)
    return mutants, lines


def report(service, mutants, lines, inputs):
    count = collections.Counter(mutant["outcome"] for mutant in mutants)
    counted = count["killed"] + count["survived"]
    percent = 100 * count["killed"] / counted if counted else 100
    print(f"{service['name']}: {percent:.1f} % ({count['killed']} of {counted} mutants of the"
          f" emission), {count['equivalent']} equivalent, {count['uncompiled']} uncompiled,"
          f" {inputs} inputs")
    for mutant in mutants:
        if mutant["outcome"] == "survived":
            print(f"  survived {mutant['id']}: line {mutant['line']} {mutant['kind']}"
                  f" `{' '.join(mutant['before'].split())}` → `{mutant['after']}`\n"
                  f"      {lines[mutant['line'] - 1].strip()}")
    sys.stdout.flush()
    return percent


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    differential.add_tools(parser)
    parser.set_defaults(inputs=200)
    parser.add_argument("--at-least", type=float, default=97, help="percent")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only each Nth mutant")
    parser.add_argument("--json", type=pathlib.Path, help="where to write every outcome")
    parser.add_argument("services", nargs="*", default=["tanks"], metavar="SERVICE")
    given = parser.parse_args()
    given.combine = given.combine.resolve()
    outcomes, is_enough = {}, True
    for service in differential.read_services(given.services):
        with tempfile.TemporaryDirectory(prefix="emission-") as scratch:
            mutants, lines = score(service, given, pathlib.Path(scratch))
        is_enough &= report(service, mutants, lines, given.inputs) >= given.at_least
        outcomes[service["name"]] = mutants
    if given.json:
        given.json.write_text(json.dumps(outcomes, indent=1) + "\n")
    sys.exit(0 if is_enough else 1)


if __name__ == "__main__":
    main()
