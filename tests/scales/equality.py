#!/usr/bin/env python3
"""One program at every scale: with each rank's part of the model, the logits of a single GPU.

    equality.py --combine build/bin/combine --root . --model MODEL --compressor StreamingLlm

Emits services/perplexity.h for the CPU at each scale, builds it, reads a text on 1 to 4 threads
(node) and processes (cluster), and compares the logits of every position: the largest difference
is at most 1e-4, and the likeliest token is the same. MPI's calls are counted: two reductions for
each layer, one for the embedding, and one gather for the logits.

What works once, when a prompt is read, is seen with services/compare.h: the text's first tokens are
its prompt, and logits are those of the rest.
"""

import argparse
import array
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile

TEXT = (
    "Once upon a time, there was a little girl named Lily. She loved to play outside in the park. "
    "One day, she saw a big, red ball. She wanted to play with it, but it was too high. Lily's mom "
    "said, \"Lily, let's go to the park.\" Lily was sad and didn't know what to do."
)
TOKENS = 64
SKIPPED = 77
PROMPT = 48
AT_THE_END = {"ThinK": "Narrow", "MiniCache": "Paired"}  # once, in a cache of their own
FLAGS = {
    "window": "8",
    "sinks": "2",
    "budget": "16",
    "recent": "6",
    "interval": "5",
    "ratio": "0.5",
    "depth": "0",
}
# Counts what MPI is asked for, and says so at the end.
COUNTER = r"""
#include <mpi.h>
#include <stdio.h>
static long gathers, variable_gathers;
int MPI_Allgather(const void *a, int b, MPI_Datatype c, void *d, int e, MPI_Datatype f,
                  MPI_Comm g) {
  ++gathers;
  return PMPI_Allgather(a, b, c, d, e, f, g);
}
int MPI_Allgatherv(const void *a, int b, MPI_Datatype c, void *d, const int *e, const int *f,
                   MPI_Datatype g, MPI_Comm h) {
  ++variable_gathers;
  return PMPI_Allgatherv(a, b, c, d, e, f, g, h);
}
int MPI_Finalize(void) {
  int rank;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  if (rank == 0) fprintf(stderr, "counted %ld %ld\n", gathers, variable_gathers);
  return PMPI_Finalize();
}
"""


def run(command, **options):
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, timeout=600, **options
    )
    if done.returncode != 0:
        words = shlex.join(str(word) for word in command)
        sys.exit(f"failed with {done.returncode}: {words}\n{done.stdout}{done.stderr}")
    return done


def build(options, scale, folder):
    source = folder / f"{scale}.cpp"
    slots = ["--with", f"Compressor={options.compressor}"]
    if "AdaKv" in options.compressor:
        slots += ["--with", "Cache=RaggedKv", "--with", "Attention=RaggedAttention"]
    if cache := AT_THE_END.get(options.compressor):
        slots += ["--with", f"Cache={cache}Kv", "--with", f"Attention={cache}Attention"]
    if options.model.is_file():
        slots += ["--with", "Loader=Llama2cCheckpoint", "--with", "Tokenizer=Llama2cTokenizer"]
    at_the_end = options.compressor in AT_THE_END
    service = options.root / "services" / ("compare.h" if at_the_end else "perplexity.h")
    run([options.combine, f"--scale={scale}", "--device=cpu", *slots, service, "-o", source])
    compiler = ["mpicxx"] if scale == "cluster" else [options.gxx]
    libraries = ["-lopenblas", *(["-lzmq"] if "<zmq.h>" in source.read_text() else [])]
    warnings = ["-Wall", "-Wextra", "-Werror"]
    program = folder / scale
    run([*compiler, "-std=c++20", "-O1", "-fopenmp", *warnings, source, *libraries, "-o", program])
    return program


def arguments(options, program, folder, start=()):
    known = run([*start, program, "--help"]).stdout
    out = ["--model", options.model, "--text", folder / "text"]
    if options.compressor in AT_THE_END:
        out += ["--prompt", PROMPT]
    else:
        out += ["--tokens", TOKENS, "--parts", 1]
    if options.model.is_file():
        out += ["--tokenizer.path", options.model.parent / "tok512.bin"]
    for name, value in FLAGS.items():
        if f"--compressor.{name} " in known:
            out += [f"--compressor.{name}", value]
    return out


def logits_of(options, command, folder):
    path = folder / "logits"
    path.unlink(missing_ok=True)
    environment = {"OMP_NUM_THREADS": "1", "OMPI_MCA_mpi_yield_when_idle": "1"}
    told = run([*command, "--logits", path], env=os.environ | environment).stderr
    numbers = array.array("f")
    numbers.frombytes(path.read_bytes())
    return numbers, told


def positions_of(options, logits):
    """Tokens that were predicted."""
    if options.compressor not in AT_THE_END:
        return TOKENS - 1
    return len(logits) // json.loads((options.model / "config.json").read_text())["vocab_size"]


def compare(name, positions, expected, found):
    if len(expected) != len(found) or len(expected) == 0:
        sys.exit(f"{name}: {len(found)} logits instead of {len(expected)}")
    largest = max(abs(a - b) for a, b in zip(expected, found))
    width = len(expected) // positions
    differing = 0
    for at in range(0, len(expected), width):
        row, other = expected[at : at + width], found[at : at + width]
        differing += row.index(max(row)) != other.index(max(other))
    print(f"{name}: largest difference {largest:.2e}, {differing} of {positions} tokens differ")
    if not largest <= 1e-4 or differing > 0:
        sys.exit(f"{name} does not compute what one GPU does")


def check_count(told, positions, layers, exact):
    """A reduction gathers what every rank then folds in the same order; in front of each collective
    the ranks gather what they are about to call, and of parts of different lengths the lengths."""
    words = [line for line in told.splitlines() if line.startswith("counted ")]
    if not words:
        sys.exit(f"MPI's calls were not counted:\n{told}")
    gathers, variable = (int(word) for word in words[0].split()[1:])
    reductions = positions * (2 * layers + 1)  # attention and feed-forward; the embedding
    ends = 2 + 1  # the sum of the cache's bytes; the end of the program
    expected = (2 * reductions + 2 * positions + ends, positions)
    # A compressor may reduce scores as well, whole: two gathers each.
    if variable != expected[1] or gathers < expected[0] or (gathers - expected[0]) % 2 != 0:
        sys.exit(f"{gathers} and {variable} gathers instead of {expected[0]} and {expected[1]}")
    print(f"{(gathers - expected[0]) // 2} reductions of the compressor's own")
    if exact and gathers != expected[0]:
        sys.exit(f"{gathers} and {variable} gathers instead of {expected[0]} and {expected[1]}")
    print(f"{reductions} reductions and {positions} gathers for {positions} tokens")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--combine", required=True, type=pathlib.Path)
    parser.add_argument("--root", required=True, type=pathlib.Path)
    parser.add_argument("--model", required=True, type=pathlib.Path)
    parser.add_argument("--compressor", required=True)
    parser.add_argument("--layers", type=int, required=True)
    parser.add_argument("--node-only", action="store_true", help="leave out scale cluster")
    parser.add_argument("--reduces", action="store_true", help="the compressor reduces scores")
    parser.add_argument("--gxx", default="g++")
    options = parser.parse_args()
    if not options.model.exists():
        print(f"skipped: there is no {options.model}")
        return SKIPPED
    has_mpi = shutil.which("mpicxx") and shutil.which("mpirun")
    with tempfile.TemporaryDirectory(prefix="coop-scales-") as made:
        folder = pathlib.Path(made)
        (folder / "text").write_text(TEXT)
        single = build(options, "single-gpu", folder)
        words = arguments(options, single, folder)
        expected, _ = logits_of(options, [single, *words], folder)
        positions = positions_of(options, expected)
        node = build(options, "node", folder)
        for ranks in (1, 2, 3, 4):
            found, _ = logits_of(options, [node, *words, "--ranks", ranks], folder)
            compare(f"node, {ranks} ranks", positions, expected, found)
        if options.node_only:
            return 0
        if not has_mpi:
            print("without mpicxx and mpirun, scale cluster was not run")
            return 0
        cluster = build(options, "cluster", folder)
        counter = folder / "counter.so"
        (folder / "counter.c").write_text(COUNTER)
        run(["mpicc", "-shared", "-fPIC", folder / "counter.c", "-o", counter])
        for ranks in (1, 2, 3, 4):
            start = ["mpirun", "--allow-run-as-root", "--oversubscribe", "-np", ranks]
            start += ["-x", f"LD_PRELOAD={counter}"]
            found, told = logits_of(options, [*start, cluster, *words], folder)
            compare(f"cluster, {ranks} ranks", positions, expected, found)
            if ranks > 1 and options.compressor not in AT_THE_END:  # one has nothing to gather
                check_count(told, positions, options.layers, not options.reduces)
    return 0


if __name__ == "__main__":
    sys.exit(main())
