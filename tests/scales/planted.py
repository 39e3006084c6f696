#!/usr/bin/env python3
"""Does equality.py notice what goes wrong between ranks? Plants one mistake at a time.

    planted.py --combine build/bin/combine --root . --gxx g++
"""

import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
# What is written instead of what, where, and with which compressor it shows.
MISTAKES = {
    "the residual is added inside of a sum": (
        "artifacts/model/llama.h",
        "    self.project(self.normed, self.attended, weights.wo, layer, q_dim, dim);\n",
        "    self.project(self.normed, self.attended, weights.wo, layer, q_dim, dim);\n"
        "    add(self.device, self.normed.data(), self.residual.data(),\n"
        "        static_cast<size_t>(rows) * dim);\n",
        "NoCompression",
    ),
    "a block's part is not summed": (
        "artifacts/model/llama.h",
        "[[coop::sum]] DeviceSpan<float> feed_forward_block",
        "DeviceSpan<float> feed_forward_block",
        "NoCompression",
    ),
    "scores are those of some of the query heads": (
        "artifacts/compress/snap_kv.h",
        "attention = self.model.of_all_queries(attention, length);",
        "attention.resize(attention.size());",
        "Decoding<SnapKv>",
    ),
    "attention is not added up over all heads": (
        "artifacts/compress/tova.h",
        "[[coop::sum]] std::vector<float> attention_of_all_heads",
        "std::vector<float> attention_of_all_heads",
        "Tova",
    ),
    "query heads read another rank's key heads": (
        "artifacts/model/llama_part.h",
        "heads = {kv_heads.begin * group, kv_heads.end * group};",
        "heads = part_of(whole.heads, ranks - 1 - rank, ranks);",
        "NoCompression",
    ),
}


def is_noticed(options, root, compressor):
    command = [sys.executable, HERE / "equality.py", "--combine", options.combine, "--root", root]
    command += ["--model", options.root / "examples/models/tiny", "--compressor", compressor]
    command += ["--layers", "5", "--gxx", options.gxx, "--reduces", "--node-only"]
    words = [str(word) for word in command]  # --with looks for artifacts where it is run, first
    done = subprocess.run(words, cwd=root, capture_output=True, text=True, timeout=900)
    lines = (done.stdout + done.stderr).strip().splitlines() or [""]
    return done.returncode not in (0, 77), lines[-1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--combine", required=True, type=pathlib.Path)
    parser.add_argument("--root", required=True, type=pathlib.Path)
    parser.add_argument("--gxx", default="g++")
    options = parser.parse_args()
    options.combine = options.combine.resolve()
    options.root = options.root.resolve()
    missed = 0
    for mistake, (name, text, instead, compressor) in MISTAKES.items():
        with tempfile.TemporaryDirectory(prefix="coop-planted-") as made:
            root = pathlib.Path(made)
            for folder in ("artifacts", "services"):
                shutil.copytree(options.root / folder, root / folder)
            source = (root / name).read_text()
            if source.count(text) != 1:
                sys.exit(f"{name} does not say once: {text}")
            (root / name).write_text(source.replace(text, instead))
            noticed, last = is_noticed(options, root, compressor)
        print(f"{'noticed' if noticed else 'MISSED'}: {mistake}: {last}")
        missed += not noticed
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
