#!/usr/bin/env python3
"""Does the emitted program do what the artifacts say, bound in one process and never rewritten?

    tests/differential/differential.py [--inputs 40] [--seed 1] [--columns cpu] [SERVICE...]

For each service of services.json: the bound source (`combine --dump=bound`) is compiled by clang++
as C++23; each column of the table below is a program that `combine` emits, made by another
compiler. All of them get the same random command lines and files (random_inputs.py). Exit status,
standard output, standard error and written files must be equal; the first input for which they are
not is made smaller and shown. Exit code 1: they differ; 77: no column could be tried here.
"""

import argparse
import array
import concurrent.futures
import dataclasses
import hashlib
import json
import math
import os
import pathlib
import re
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile

import random_inputs

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.append(str(HERE.parent / "combine"))
import bound_program  # noqa: E402

SKIPPED = 77
# Without -fopenmp no loop may change the order of its sums, and without contraction none may leave
# out a rounding: what float arithmetic gives is then a matter of the source, not of the compiler.
IN_ORDER = "-O1 -w -ffp-contract=off"
LIBRARIES = "-lopenblas -lgomp"
NEAR = 1e-2  # of the largest number beside it; layers of sharp softmaxes enlarge a last bit
MEMORY = 4 << 30  # bytes of address space


@dataclasses.dataclass(frozen=True)
class Column:
    """One emitted program: a scale, a device and what compiles it."""

    name: str
    group: str  # what --columns asks for
    options: tuple  # combine's
    compile: str
    suffix: str
    launch: tuple = ()  # what stands in front of the program, e.g. mpirun -n 2
    reorders: bool = False  # does it add floats in another order than the source says?


def columns(given):
    """The table. Other scales are further lines, with their `options` and `launch`."""
    cpu, cuda = ("--device=cpu",), ("--device=cuda",)
    return [
        Column("single-gpu cpu, g++", "cpu", cpu,
               f"{given.gxx} -std=c++20 {IN_ORDER}", ".cpp"),
        Column("single-gpu cpu, clang++", "cpu", cpu,
               f"{given.clangxx} -std=c++20 {IN_ORDER}", ".cpp"),
        Column("single-gpu cpu, as its banner says", "cpu", cpu,
               f"{given.gxx} -std=c++20 -O3 -march=native -fopenmp -w", ".cpp", reorders=True),
        Column("single-gpu cuda, nvcc", "cuda", cuda,
               f"{given.nvcc} -std=c++20 -arch=native -O1", ".cu", reorders=True),
    ]


def reason_to_skip(column, given):
    if column.group != "cuda":
        return ""
    if not given.nvcc or not shutil.which(given.nvcc):
        return "nvcc was not found"
    asked = ["nvidia-smi", "-L"]
    has_gpu = shutil.which(asked[0]) and not subprocess.run(asked, capture_output=True).returncode
    return "" if has_gpu else "this machine has no NVIDIA GPU"


@dataclasses.dataclass
class Result:
    """What a run of a program did."""

    exit: int
    out: str
    err: str
    files: dict

    def lines(self):
        text = f"exit {self.exit}\n{self.out}"
        if self.err:
            text += f"\nstandard error: {self.err}"
        for name, content in sorted(self.files.items()):
            text += f"\n{name}: {len(content)} bytes, {hashlib.sha256(content).hexdigest()[:12]}"
        return text.splitlines()


def limit_memory():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class Program:
    """An executable, run in folders of its own."""

    def __init__(self, name, path, ignore, launch=(), seconds=20):
        self.name, self.path, self.ignore, self.launch = name, path, ignore, launch
        self.seconds = seconds

    def run(self, words, scratch, more_environment=None):
        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            environment = {**os.environ, "OMP_NUM_THREADS": "2", "OMP_WAIT_POLICY": "passive",
                           "OPENBLAS_NUM_THREADS": "1", "LC_ALL": "C.UTF-8",
                           **(more_environment or {})}
            try:
                done = subprocess.run([*self.launch, self.path, *words], cwd=folder,
                                      capture_output=True, timeout=self.seconds, env=environment,
                                      preexec_fn=limit_memory)
                status, out, err = done.returncode, done.stdout, done.stderr
            except subprocess.TimeoutExpired as late:
                status, out, err = -1, late.stdout or b"", f"not done in {self.seconds} s".encode()
            files = {path.name: path.read_bytes() for path in pathlib.Path(folder).iterdir()}
        clean = [re.sub(self.ignore, "...", text.decode(errors="replace")) if self.ignore
                 else text.decode(errors="replace") for text in (out, err)]
        return Result(status, *clean, files)


# ---- Building ------------------------------------------------------------------------------------


def run_or_stop(command, **options):
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode != 0:
        sys.exit(f"{shlex.join(map(str, command))}\n{done.stdout}{done.stderr}")


def options_of(service):
    return [word for slot in service.get("with", {}).items() for word in ("--with", "=".join(slot))]


def build_bound(service, given, folder):
    """The artifacts as their authors wrote them."""
    output = folder / "bound"
    bound_program.build(given.combine, f"{given.clangxx} -std=c++23 {IN_ORDER}", str(ROOT),
                        str(output), str(ROOT / service["service"]), options_of(service),
                        LIBRARIES)
    return Program("bound", output, service.get("ignore"))


def emit(service, column, combine, folder):
    source = folder / f"emitted{column.suffix}"
    run_or_stop([combine, *column.options, *options_of(service), ROOT / service["service"], "-o",
                 source])
    return source


def compile_emission(source, column, output):
    """What the compiler says if it fails; nothing of Coop is on its path."""
    libraries = "-lcublas" if column.group == "cuda" else LIBRARIES
    command = [*shlex.split(column.compile), source, "-o", output, *libraries.split()]
    done = subprocess.run(command, capture_output=True, text=True, cwd=output.parent)
    return done.stderr if done.returncode != 0 else ""


def build_column(service, column, given, folder):
    place = folder / re.sub(r"\W+", "_", column.name)
    place.mkdir()
    source = emit(service, column, given.combine, place)
    wrong = compile_emission(source, column, place / "emitted")
    if wrong:
        sys.exit(f"{service['name']}, {column.name}: the emission does not compile\n{wrong}")
    return Program(column.name, place / "emitted", service.get("ignore"), column.launch)


# ---- Comparing -----------------------------------------------------------------------------------


def near(a, b, largest):
    return a == b or (math.isnan(a) and math.isnan(b)) or abs(a - b) <= NEAR * max(1.0, largest)


def texts_are_near(a, b):
    """The same words, and numbers that are near each other."""
    number = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?")
    if number.sub("#", a) != number.sub("#", b):
        return False
    return all(near(float(x), float(y), abs(float(y)))
               for x, y in zip(number.findall(a), number.findall(b)))


def floats_are_near(a, b):
    if len(a) != len(b) or len(a) % 4:
        return a == b
    x, y = (array.array("f", content) for content in (a, b))
    largest = max((abs(value) for value in y if not math.isnan(value)), default=0.0)
    return all(near(p, q, largest) for p, q in zip(x, y))


def same(service, column, bound, emitted):
    if bound == emitted:
        return True
    if not column.reorders or service.get("sums") == "exact":
        return False
    return (bound.exit == emitted.exit and bound.files.keys() == emitted.files.keys() and
            texts_are_near(bound.out, emitted.out) and texts_are_near(bound.err, emitted.err) and
            all(floats_are_near(bound.files[name], emitted.files[name]) for name in bound.files))


def is_comparable(service, column):
    """Where a sum's last bit may choose another token, outputs of another order say nothing."""
    return not column.reorders or service.get("sums") in ("exact", "near")


def smaller(words):
    """The same command line with one option less, or with half of a value."""
    for i, word in enumerate(words):
        if not word.startswith("--"):
            continue
        apart = "=" not in word and i + 1 < len(words) and not words[i + 1].startswith("--")
        yield words[:i] + words[i + (2 if apart else 1):]
    for i, word in enumerate(words):
        flag, equals, value = word.partition("=") if word.startswith("--") else ("", "", word)
        if word.startswith("--") and not equals or value.startswith("/"):
            continue
        for begin in range(0, len(value), max(1, len(value) // 8)):
            cut = value[:begin] + value[begin + max(1, len(value) // 8):]
            yield words[:i] + [flag + equals + cut] + words[i + 1:]


def shrink(words, differs, most=200):
    tried = 0
    again = True
    while again:
        again = False
        for candidate in smaller(words):
            tried += 1
            if tried > most:
                return words
            if differs(candidate):
                words, again = candidate, True
                break
    return words


def show_difference(service, column, words, bound, emitted, seed):
    print(f"{service['name']}, {column.name}: differs from the bound source (input {seed})")
    print(f"  {shlex.join(['./emitted', *words])}")
    before, after = bound.lines(), emitted.lines()
    at = next((i for i, (a, b) in enumerate(zip(before, after)) if a != b),
              min(len(before), len(after)))
    for name, lines in (("bound", before), ("emitted", after)):
        print(f"  {name + ':':9}{lines[at] if at < len(lines) else '(nothing more)'}")
    sys.stdout.flush()


def compare(service, column, programs, given, scratch):
    """Whether one column does as the bound source does, for all inputs."""
    bound, emitted = programs
    help_text = bound.run(["--help"], scratch).out
    fine = 0

    def results(words):
        return bound.run(words, scratch), emitted.run(words, scratch)

    def attempt(seed):
        folder = pathlib.Path(tempfile.mkdtemp(dir=scratch))
        drawn = random_inputs.Inputs(help_text, service.get("draw", {}), seed, folder)
        words = drawn.command_line()
        return seed, words, results(words), folder

    with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
        seeds = range(given.seed * 1000, given.seed * 1000 + given.inputs)
        for seed, words, pair, folder in pool.map(attempt, seeds):
            fine += pair[0].exit == 0
            if not same(service, column, *pair):
                pool.shutdown(cancel_futures=True)
                words = shrink(words, lambda w: not same(service, column, *results(w)))
                show_difference(service, column, words, *results(words), seed)
                return False
            shutil.rmtree(folder)
    print(f"{service['name']}, {column.name}: {given.inputs} inputs, of which {fine} end well")
    if fine * 4 < given.inputs:
        print("  too few: what is drawn must make sense more often")
        return False
    return True


def check_service(service, given, scratch):
    """{column: True, False or None, if it was not tried}."""
    outcomes, bound = {}, None
    for column in columns(given):
        if given.columns not in column.group:
            continue
        why = reason_to_skip(column, given)
        if not why and not is_comparable(service, column):
            why = "its sums are rounded, and a last bit may choose another token"
        if why:
            print(f"{service['name']}, {column.name}: skipped: {why}")
            outcomes[column] = None
            continue
        bound = bound or build_bound(service, given, scratch)
        emitted = build_column(service, column, given, scratch)
        outcomes[column] = compare(service, column, (bound, emitted), given, scratch)
    return outcomes


def add_tools(parser):
    parser.add_argument("--combine", type=pathlib.Path, default=ROOT / "build/bin/combine")
    parser.add_argument("--gxx", default=shutil.which("g++-12") or "g++")
    parser.add_argument("--clangxx", default="clang++-22")
    parser.add_argument("--nvcc", default=shutil.which("nvcc") or "")
    parser.add_argument("--inputs", type=int, default=40, help="how many random inputs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)


def read_services(names):
    services = json.loads((HERE / "services.json").read_text())
    unknown = set(names) - {service["name"] for service in services}
    if unknown:
        sys.exit(f"services.json has no {', '.join(sorted(unknown))}")
    return [service for service in services if not names or service["name"] in names]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add_tools(parser)
    parser.add_argument("--columns", default="", help="cpu, cuda; default: all")
    parser.add_argument("services", nargs="*", metavar="SERVICE")
    given = parser.parse_args()
    given.combine = given.combine.resolve()
    outcomes = []
    for service in read_services(given.services):
        with tempfile.TemporaryDirectory(prefix="differential-") as scratch:
            outcomes += check_service(service, given, pathlib.Path(scratch)).values()
    if False in outcomes:
        sys.exit(1)
    sys.exit(0 if True in outcomes else SKIPPED)


if __name__ == "__main__":
    main()
