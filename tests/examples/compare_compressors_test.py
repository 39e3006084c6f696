#!/usr/bin/env python3
"""The test of examples/compare_compressors: its figures against the logits that the programs wrote.

    compare_compressors_test.py --root . --combine build/bin/combine

What is expected is computed here from the logits and the tokens alone, without the program's code.
"""

import argparse
import array
import math
import pathlib
import subprocess
import sys
import tempfile
import unittest
import xml.dom.minidom

OPTIONS = None
STORIES, SEED, PROMPT = 3, 11, 256

THIN_OUT = """#pragma once

#include <coop/artifact.h>

struct EverySecond : coop::Artifact {
  int keep = 9;

  void after_prefill(this auto& self) {
    for (int layer = 0; layer < self.model.config.layers; ++layer) {
      for (int slot = 1; self.kv_cache.length(layer) > self.keep; ++slot) {
        if (slot >= self.kv_cache.length(layer)) slot = 1;
        self.kv_cache.erase(layer, slot, slot + 1);
      }
    }
  }
};
"""


def log_softmax(logits):
    largest = max(logits)
    total = math.log(math.fsum(math.exp(logit - largest) for logit in logits))
    return [logit - largest - total for logit in logits]


def rows_of(path, count):
    numbers = array.array("f", path.read_bytes())
    width = len(numbers) // count
    return [numbers[i : i + width] for i in range(0, len(numbers), width)]


def stories():
    """The stories that are long enough, and where facts end and answers stand (in characters)."""
    sys.path.insert(0, str(OPTIONS.root / "scripts"))
    sys.dont_write_bytecode = True
    import generate_tiny_stories

    found = []
    for text, recalls in generate_tiny_stories.stories(SEED):
        if 4.2 * PROMPT < len(text) < 7 * PROMPT:
            found.append((text, recalls))
        if len(found) == STORIES:
            return found


class CompareCompressors(unittest.TestCase):
    def compare(self, out, *words):
        command = [sys.executable, "-B", OPTIONS.root / "examples/compare_compressors/compare"]
        command += ["--combine", OPTIONS.combine, "--out", out, "--cxxflags=-O0 -g0"]
        command += ["--stories", STORIES, "--seed", SEED, "--budgets", "50", *words]
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
        return done.returncode, done.stderr

    def row(self, out, name):
        for line in (out / "table.md").read_text().splitlines():
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if len(cells) == 12 and cells[0].strip("`") == name:
                return cells
        self.fail(f"no row for {name}")

    def expected(self, logits, name):
        """(KL, NLL, recalled) of a choice, from what was kept of its run."""
        lines = [line.split() for line in (logits / f"{name}.scores").read_text().splitlines()]
        tokens = [(int(line[0]), int(line[1]), int(line[2]), int(line[3])) for line in lines]
        full = [log_softmax(row) for row in rows_of(logits / "full cache.logits", len(tokens))]
        found = [log_softmax(row) for row in rows_of(logits / f"{name}.logits", len(tokens))]
        divergence = math.fsum(
            math.exp(p) * (p - q) for a, b in zip(full, found) for p, q in zip(a, b)
        )
        nll = -math.fsum(row[token[3]] for row, token in zip(found, tokens))
        recalled = asked = 0
        for document, (_, recalls) in enumerate(stories()):
            own = [at for at, token in enumerate(tokens) if token[0] == document]
            start = tokens[own[0]][1]
            for each in recalls:
                if each["fact_end"] > start or each["begin"] <= start:
                    continue
                asked += 1
                answer = [
                    at
                    for at in own
                    if tokens[at][1] < each["end"] and tokens[at][2] > each["begin"]
                ]
                self.assertGreater(len(answer), 0)
                recalled += all(found[at][tokens[at][3]] == max(found[at]) for at in answer)
        return divergence / len(tokens), nll / len(tokens), f"{recalled} of {asked}"

    def test_the_table_is_what_the_logits_say(self):
        with tempfile.TemporaryDirectory(prefix="coop-compare-test-") as folder:
            out, logits = pathlib.Path(folder) / "out", pathlib.Path(folder) / "logits"
            project = pathlib.Path(folder) / "project"
            (project / "artifacts").mkdir(parents=True)
            (project / "artifacts/every_second.h").write_text(THIN_OUT)
            words = ["--only", "KeyDiff", "--keep-logits", logits, "--project", project]
            words += ["--with", "Compressor=EverySecond", "--flag", "compressor.keep={budget}"]
            status, said = self.compare(out, *words)
            self.assertEqual(status, 0, said)
            shown = {}
            for name in ["KeyDiff", "EverySecond"]:
                divergence, nll, recalled = self.expected(logits, name)
                cells = self.row(out, name)
                self.assertEqual(cells[1], f"{PROMPT // 2} tokens")
                self.assertAlmostEqual(float(cells[5]), divergence, delta=1e-4)
                self.assertAlmostEqual(float(cells[6]), nll, delta=1e-4)
                self.assertEqual(cells[7], recalled)
                # 2 x 5 layers x 2 heads x 32 channels x 4 bytes a token, in pieces of 16 tokens
                self.assertEqual(int(cells[2]) % (16 * 2560 // 1024), 0)
                self.assertLess(int(cells[2]), int(self.row(out, "full cache")[2]))
                self.assertGreater(divergence, 1e-4)
                shown[name] = divergence
            self.assertNotEqual(shown["KeyDiff"], shown["EverySecond"])

            svg = (out / "plot.svg").read_text()
            xml.dom.minidom.parseString(svg)
            for name in shown:
                self.assertIn(f">{name}</text>", svg)

            # All is known: nothing is compiled, and the same is written.
            before = [(out / name).read_bytes() for name in ("table.md", "plot.svg")]
            status, said = self.compare(out, *words)
            self.assertEqual((status, "compiling" in said), (0, False), said)
            after = [(out / name).read_bytes() for name in ("table.md", "plot.svg")]
            self.assertEqual(before, after)

            (out / "results.json").write_text('{"half')
            status, said = self.compare(out, *words)
            self.assertEqual(status, 1)
            self.assertIn("results.json", said)

    def test_mistakes_are_told(self):
        with tempfile.TemporaryDirectory(prefix="coop-compare-test-") as folder:
            out = pathlib.Path(folder)
            for words, told in [
                (["--only", "SnapKvv"], "no SnapKvv; there are RandomTokens"),
                (["--budgets", "half"], "expected percents"),
                (["--budgets", "1"], "too few"),
                (["--with", "Compressor"], "expected NAME=VALUE"),
                (["--flag", "a=b"], "--flag is for what --with says"),
                (["--model", out / "absent"], "does not exist"),
                (["--text", out / "absent"], "absent"),
                (["--project", out], "no folder artifacts"),
                (["--combine", out / "absent"], "is not found"),
            ]:
                status, said = self.compare(out / "out", *words)
                self.assertEqual(status, 1, said)
                self.assertIn(told, said)
                self.assertNotIn("Traceback", said)
                self.assertFalse((out / "out/table.md").exists())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", type=lambda path: pathlib.Path(path).resolve(), required=True)
    parser.add_argument("--combine", type=lambda path: pathlib.Path(path).resolve(), required=True)
    OPTIONS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])
