#!/usr/bin/env python3
"""Do generated tests over ranks notice what goes wrong between them? Plants one mistake at a time,
and looks at what `combine test --ranks` names. Without one, scales.on_ranks.* pass.

    planted.py --combine build/bin/combine --root .
"""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

# What is written instead of what, where, with which compressor it shows, and which call it breaks
# first.
MISTAKES = {
    "the residual is added inside of a sum": (
        "artifacts/model/llama.h",
        "    self.project(self.normed, self.attended, weights.wo, layer, q_dim, dim);\n",
        "    self.project(self.normed, self.attended, weights.wo, layer, q_dim, dim);\n"
        "    add(self.device, self.normed.data(), self.residual.data(),\n"
        "        static_cast<size_t>(rows) * dim);\n",
        "NoCompression",
        "model.attention_block",
    ),
    "a block's part is not summed": (
        "artifacts/model/llama.h",
        "[[coop::sum]] DeviceSpan<float> feed_forward_block",
        "DeviceSpan<float> feed_forward_block",
        "NoCompression",
        "model.attention_block",  # of the next layer
    ),
    "scores are those of some of the query heads": (
        "artifacts/compress/snap_kv.h",
        "attention = self.model.of_all_queries(attention, length);",
        "attention.resize(attention.size());",
        "SnapKv",
        "model.attention_block",
    ),
    "attention is not added up over all heads": (
        "artifacts/compress/tova.h",
        "[[coop::sum]] std::vector<float> attention_of_all_heads",
        "std::vector<float> attention_of_all_heads",
        "Tova",
        "model.attention_block",
    ),
    "heads share the budget without the scores of the others": (
        "artifacts/model/llama.h",
        "[[coop::sum]] std::vector<float> among_zeros",
        "std::vector<float> among_zeros",
        "AdaKv",
        "model.attention_block",
    ),
    "query heads read another rank's key heads": (
        "artifacts/model/llama_part.h",
        "heads = {kv_heads.begin * group, kv_heads.end * group};",
        "heads = part_of(whole.heads, ranks - 1 - rank, ranks);",
        "NoCompression",
        "model.attention_block",
    ),
    "what is put has another key than what is looked for": (
        "tests/scales/Inputs/shelves.h",
        "return self.places < 0 ? 0 : number;",
        "return self.places - number;",
        None,
        "shelves.find",
    ),
    "one share is taken for all": (
        "tests/scales/Inputs/shelves.h",
        "[[coop::sum]] int size",
        "[[coop::max]] int size",
        None,
        "shelves.size",
    ),
    "texts that begin alike have other keys": (
        "artifacts/serve/prefix_directory.h",
        "return hashes.empty() ? 0 : hashes.front();",
        "return hashes.empty() ? 0 : hashes.back();",
        None,
        "directory.find",
    ),
}


PROMPT = "Once upon a time, there was a little girl named Lily. She had a red ball."


def run(options, root, compressor):
    command = [options.combine, "test", "--ranks", "-o", root / "generated"]
    if compressor is None:
        command += [root / "tests/scales/Inputs/shelves.h"]
        return start(command, root)
    command += ["--with", "Loader=RandomWeights", "--with", "Tokenizer=ByteTokenizer"]
    command += ["--with", f"Compressor={compressor}"]
    if compressor == "AdaKv":
        command += ["--with", "Cache=RaggedKv", "--with", "Attention=RaggedAttention"]
    command += [root / "services/decode.h"]
    command += ["--", "--model", "layers=2", "--prompt", PROMPT]
    if compressor != "NoCompression":
        command += ["--compressor.budget", "24"]
    if compressor in ("SnapKv", "AdaKv"):
        command += ["--compressor.window", "8"]
    return start(command, root)


def start(command, root):
    words = [str(word) for word in command]  # --with looks for artifacts where it is run, first
    return subprocess.run(words, cwd=root, capture_output=True, text=True, timeout=900)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--combine", required=True, type=pathlib.Path)
    parser.add_argument("--root", required=True, type=pathlib.Path)
    options = parser.parse_args()
    options.combine = options.combine.resolve()
    options.root = options.root.resolve()
    missed = 0
    for mistake, (name, text, instead, compressor, call) in MISTAKES.items():
        with tempfile.TemporaryDirectory(prefix="coop-planted-") as made:
            root = pathlib.Path(made)
            for folder in ("artifacts", "services", "tests/scales/Inputs"):
                shutil.copytree(options.root / folder, root / folder)
            source = (root / name).read_text()
            if source.count(text) != 1:
                sys.exit(f"{name} does not say once: {text}")
            (root / name).write_text(source.replace(text, instead))
            done = run(options, root, compressor)
        failed = re.findall(r"FAILED \S+\n +(\S+), ", done.stdout)
        noticed = done.returncode == 1 and failed == [call]
        print(f"{'noticed' if noticed else 'MISSED'}: {mistake}: {done.stdout}{done.stderr}")
        missed += not noticed
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
