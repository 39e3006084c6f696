"""Models of llama2.c's layout with random weights, for what is measured and not read.

    random_model.write_checkpoint("model.bin", random_model.SHAPES["110M"])
    random_model.write_tokenizer("tokenizer.bin")
"""

import array
import collections
import random
import struct

VOCAB_SIZE, CONTEXT = 32000, 1024
Shape = collections.namedtuple("Shape", "dim ffn_dim layers heads")
SHAPES = {"15M": Shape(288, 768, 6, 6), "110M": Shape(768, 2048, 12, 12)}


def write_checkpoint(path, shape):
    """A random model; returns the bytes of weights that each token reads."""
    generator = random.Random(1)
    spread = shape.dim**-0.5
    values = array.array("f", (generator.gauss(0.0, spread) for _ in range(1_000_003)))
    with open(path, "wb") as file:
        numbers = (shape.heads, shape.heads, VOCAB_SIZE, CONTEXT)
        file.write(struct.pack("<7i", shape.dim, shape.ffn_dim, shape.layers, *numbers))
        written = 0

        def random_floats(count):
            nonlocal written
            written += count
            while count > 0:
                start = generator.randrange(1000)
                part = values[start : start + count]
                file.write(part.tobytes())
                count -= len(part)

        def ones(count):
            nonlocal written
            written += count
            file.write(array.array("f", [1.0] * count).tobytes())

        # Tokens 0 to 2 get logits of zero, which is never the largest: no text ends early.
        file.write(bytes(3 * shape.dim * 4))
        random_floats((VOCAB_SIZE - 3) * shape.dim)
        ones(shape.layers * shape.dim)
        for _ in range(4):
            random_floats(shape.layers * shape.dim * shape.dim)
        ones(shape.layers * shape.dim)
        for _ in range(3):
            random_floats(shape.layers * shape.dim * shape.ffn_dim)
        ones(shape.dim)
        file.write(bytes(CONTEXT * shape.dim // shape.heads * 4))
    return written * 4


def write_tokenizer(path):
    tokens = ["<unk>", "\n<s>\n", "\n</s>\n"] + ["<0x%02X>" % byte for byte in range(256)]
    tokens += [" ", "a"]
    tokens += ["t%d " % i for i in range(VOCAB_SIZE - len(tokens))]
    with open(path, "wb") as file:
        file.write(struct.pack("<i", max(len(token) for token in tokens)))
        for token in tokens:
            file.write(struct.pack("<fi", -1.0, len(token)) + token.encode())
