"""Random inputs of an emitted program: command lines that its own --help describes, and the files
that they name. Weights are small integers stored as floats.

What a flag is drawn from, its `range a..b` or its default says, or services.json, by these words:

    integer A..B     letters ABC      words            some text
    hugging_face     llama2c          a folder or a file with a small Llama
    text_file        a file with words       output_file    where to write, in the run's own folder
"""

import array
import json
import pathlib
import random
import re
import struct

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORDS = ["once", "upon", "a", "time", "Lily", "the", "red", "key.", "\n", "naïve", "日本", "😀"]
NO_VALUES = ["", "x", "-1", "nan", "0x1", "1e99", "2.5"]  # what few flags take


def parse_help(text):
    """[(flag, what --help says of it)]."""
    return re.findall(r"^  --(\S+) +(.*)$", text, re.MULTILINE)


class Inputs:
    """Draws a command line of a program, and writes the files that it names to `folder`."""

    def __init__(self, help_text, draw, seed, folder):
        self.flags, self.draw = parse_help(help_text), draw
        self.random, self.folder = random.Random(seed), folder
        self.is_first = seed % 1000 == 0
        unknown = set(draw) - {flag for flag, _ in self.flags}
        if unknown:
            raise SystemExit(f"services.json draws {unknown}, which are no flags of the program")

    def command_line(self):
        """A list of words; the first of all asks for help."""
        if self.is_first:
            return ["--help"]
        options = []
        for flag, said in self.flags:
            required = said.endswith(", required")
            if self.random.random() > (0.99 if required else 0.6):
                continue
            value = self.value_of(flag, said)
            if value is not None:
                options.append(self.random.choice(([f"--{flag}", value], [f"--{flag}={value}"])))
        self.random.shuffle(options)
        return sum(options, []) + self.mistake(options)

    def mistake(self, options):
        """Rarely, what no command line should end with."""
        flag = f"--{self.random.choice(self.flags)[0]}"
        again = self.random.choice(options) if options else []
        return self.random.choice([["--no-such-flag"], ["stray"], ["--"], [flag], again,
                                   [f"{flag}={flag}=1"]]) if self.random.random() < 0.08 else []

    def value_of(self, flag, said):
        how = self.draw.get(flag)
        if how and not how.startswith("integer"):
            kind, _, detail = how.partition(" ")
            return getattr(self, kind)(detail)
        if self.random.random() < 0.1 / len(self.flags):
            return self.random.choice(NO_VALUES)
        if how:
            return self.between(how.removeprefix("integer "))
        found = re.search(r"range (\S+)\.\.(\S+?)\.? ", said + " ")
        if found:
            return self.between("..".join(found.groups()))
        default = re.search(r"\(([^()]*)\)$", said)
        return self.like(default.group(1)) if default else None  # no path but the model's

    def between(self, limits):
        low, high = limits.split("..")
        if "." in limits.replace("..", ""):
            outside = [f"-{high}", "0"] if self.random.random() < 0.03 else None
            within = f"{self.random.uniform(float(low), float(high)):.3f}"
            return self.random.choice(outside) if outside else within
        low, high = int(low), int(high)
        if self.random.random() < 0.01:
            return str(low - 1)
        near = min(high, low + 12)  # small sizes come to the point sooner
        return str(self.random.choice([low, high, self.random.randint(low, near),
                                       self.random.randint(low, near),
                                       self.random.randint(low, high)]))

    def like(self, default):
        if default in ("true", "false"):
            return self.random.choice(["true", "false"])
        if re.fullmatch(r"-?\d+(\.\d+)?", default):
            return str(self.random.randint(-2, 9))
        return self.words("")

    # ---- text and files ----

    def letters(self, alphabet):
        most = self.random.choice([4, 20, 60])
        some = self.random.choices(alphabet, k=self.random.randint(0, most))
        return "".join(some) + ("?" if self.random.random() < 0.03 else "")

    def words(self, _):
        return " ".join(self.random.choices(WORDS, k=self.random.randint(0, 30)))

    def text_file(self, _):
        path = self.folder / "text.txt"
        parts = [self.words("") for _ in range(self.random.randint(1, 3))]
        path.write_text("\n<|endoftext|>\n".join(parts))
        return str(path)

    def output_file(self, _):
        return "output.bin"

    # ---- models ----

    def shape(self):
        kv_heads = self.random.choice([1, 2])
        heads = kv_heads * self.random.choice([1, 2, 3])
        head_dim = 2 * self.random.randint(1, 5)
        return {"heads": heads, "kv_heads": kv_heads, "head_dim": head_dim,
                "dim": heads * head_dim, "ffn_dim": self.random.randint(1, 20),
                "layers": self.random.randint(1, 3), "tied": self.random.random() < 0.5}

    def integers(self, count, low, high):
        return array.array("f", self.random.choices(range(low, high + 1), k=count))

    def hugging_face(self, _):
        """A folder as HuggingFace reads it, with the tokenizer of the model that is shipped."""
        folder = self.folder / "model"
        folder.mkdir()
        shape, vocabulary = self.shape(), 1024
        dim, ffn_dim = shape["dim"] + self.random.choice([0, 3]), shape["ffn_dim"]
        q_dim, kv_dim = (shape[of] * shape["head_dim"] for of in ("heads", "kv_heads"))
        config = {"model_type": "llama", "hidden_act": "silu", "hidden_size": dim,
                  "intermediate_size": ffn_dim, "num_hidden_layers": shape["layers"],
                  "num_attention_heads": shape["heads"], "num_key_value_heads": shape["kv_heads"],
                  "head_dim": shape["head_dim"], "vocab_size": vocabulary, "rope_theta": 100.0,
                  "max_position_embeddings": 512, "rms_norm_eps": 1e-5,
                  "tie_word_embeddings": shape["tied"]}
        (folder / "config.json").write_text(json.dumps(config))
        tensors = {"model.embed_tokens": (vocabulary, dim), "model.norm": (dim,)}
        if not shape["tied"]:
            tensors["lm_head"] = (vocabulary, dim)
        for layer in range(shape["layers"]):
            before = f"model.layers.{layer}."
            tensors |= {before + "input_layernorm": (dim,),
                        before + "post_attention_layernorm": (dim,),
                        before + "self_attn.q_proj": (q_dim, dim),
                        before + "self_attn.k_proj": (kv_dim, dim),
                        before + "self_attn.v_proj": (kv_dim, dim),
                        before + "self_attn.o_proj": (dim, q_dim),
                        before + "mlp.gate_proj": (ffn_dim, dim),
                        before + "mlp.up_proj": (ffn_dim, dim),
                        before + "mlp.down_proj": (dim, ffn_dim)}
        self.write_safetensors(folder / "model.safetensors", tensors)
        shipped = ROOT / "examples/models/tiny/tokenizer.json"
        (folder / "tokenizer.json").write_bytes(shipped.read_bytes())
        return str(folder)

    def write(self, path, content):
        """Rarely cut off, or with another byte near its beginning."""
        if self.random.random() < 0.03:
            content = content[:self.random.randint(0, len(content))]
        elif self.random.random() < 0.03:
            at = self.random.randrange(min(len(content), 400))
            other = bytes([self.random.choice([0, 1, 127, 255])])
            content = content[:at] + other + content[at + 1:]
        path.write_bytes(content)

    def write_safetensors(self, path, tensors):
        header, data = {}, bytearray()
        for name, sizes in tensors.items():
            count = sizes[0] * (sizes[1] if len(sizes) > 1 else 1)
            low = 1 if len(sizes) == 1 else -3  # norms are not 0
            begin = len(data)
            data += self.integers(count, low, 3).tobytes()
            header[f"{name}.weight"] = {"dtype": "F32", "shape": list(sizes),
                                        "data_offsets": [begin, len(data)]}
        text = json.dumps(header).encode()
        self.write(path, struct.pack("<Q", len(text)) + text + data)

    def llama2c(self, _):
        """model.bin as llama2.c exports it, and tokenizer.bin beside it."""
        shape, vocabulary = self.shape(), 320
        dim, ffn_dim, layers = shape["dim"], shape["ffn_dim"], shape["layers"]
        kv_dim, context = shape["kv_heads"] * shape["head_dim"], 64
        sizes = [dim, ffn_dim, layers, shape["heads"], shape["kv_heads"],
                 vocabulary if shape["tied"] else -vocabulary, context]
        norm, weight = (1, 3), (-3, 3)
        parts = [(vocabulary * dim, weight), (layers * dim, norm), (layers * dim * dim, weight),
                 (2 * layers * dim * kv_dim, weight), (layers * dim * dim, weight),
                 (layers * dim, norm), (3 * layers * dim * ffn_dim, weight), (dim, norm),
                 (context * shape["head_dim"], weight)]
        if not shape["tied"]:
            parts.append((vocabulary * dim, weight))
        weights = b"".join(self.integers(count, *limits).tobytes() for count, limits in parts)
        if self.random.random() < 0.06:  # a size that the others do not go with
            sizes[self.random.randrange(7)] = self.random.choice([-4, 0, 3, 5, 8, 1 << 20])
        path = self.folder / "model.bin"
        self.write(path, struct.pack("<7i", *sizes) + weights)
        self.write_tokenizer(self.folder / "tokenizer.bin", vocabulary)
        return str(path)

    def write_tokenizer(self, path, vocabulary):
        tokens = ["<unk>", "\n<s>\n", "\n</s>\n"] + [f"<0x{i:02X}>" for i in range(256)]
        tokens += [" ", "ï", "日", "😀"]
        tokens += [chr(letter) for letter in range(ord("a"), ord("z") + 1)]
        while len(tokens) < vocabulary:
            tokens.append("".join(self.random.choices(tokens[259:], k=2)))
        spelled = [token.encode() for token in tokens]
        lengths = [len(token) for token in spelled]
        longest = max(lengths)
        if self.random.random() < 0.04:
            longest = self.random.choice([3, 1 << 20])
            lengths[self.random.randrange(10)] = self.random.choice([-1, 40000, 70000])
        text = struct.pack("<i", longest)
        for token, length in zip(spelled, lengths):
            text += struct.pack("<fi", self.random.randint(0, 99), length) + token
        self.write(path, text)
