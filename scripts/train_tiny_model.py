#!/usr/bin/env python3
"""Trains the model in examples/models/tiny on stories that generate_tiny_stories.py draws.

A Llama architecture of 0.9 million parameters: grouped queries, RoPE in Hugging Face's half-split
layout, tied embeddings, stored as bf16, beside a byte-level BPE tokenizer trained on the same text.
One thread, fixed seeds: the same versions of the packages write the same files.

    python3 -m venv /tmp/tiny && /tmp/tiny/bin/pip install torch tokenizers safetensors numpy
    nice -n 19 /tmp/tiny/bin/python scripts/train_tiny_model.py --out examples/models/tiny

Nothing else of the project needs Python packages. With --evaluate DIRECTORY nothing is trained; the
recall of the saved model is measured.
"""

import argparse
import json
import math
import os
import pathlib
import time

import generate_tiny_stories as tiny_stories
import safetensors.torch
import tokenizers
import torch
import torch.nn.functional as functional

BEGIN, END = "<|begin_of_text|>", "<|end_of_text|>"
# How Llama 3 cuts text into words before merging bytes.
SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|"
    r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_act": "silu",
    "hidden_size": 128,
    "intermediate_size": 288,
    "num_hidden_layers": 5,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 32,
    "vocab_size": 1024,
    "max_position_embeddings": 512,
    "rope_theta": 10000.0,
    "rms_norm_eps": 1e-05,
    "tie_word_embeddings": True,
    "attention_bias": False,
    "mlp_bias": False,
    "bos_token_id": 0,
    "eos_token_id": 1,
    "torch_dtype": "bfloat16",
}
SEED_TOKENIZER, SEED_TRAIN, SEED_EVALUATE = 1, 2, 3


def train_tokenizer(path):
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    pre = tokenizers.pre_tokenizers
    tokenizer.pre_tokenizer = pre.Sequence(
        [
            pre.Split(tokenizers.Regex(SPLIT), behavior="isolated"),
            pre.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=CONFIG["vocab_size"],
        special_tokens=[BEGIN, END],
        show_progress=False,
        initial_alphabet=pre.ByteLevel.alphabet(),
    )
    source = tiny_stories.stories(SEED_TOKENIZER)
    tokenizer.train_from_iterator((next(source)[0] for _ in range(20000)), trainer)
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single=BEGIN + " $A", special_tokens=[(BEGIN, 0)]
    )
    tokenizer.save(str(path), pretty=False)
    return tokenizer


def rms_norm(x, weight):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + CONFIG["rms_norm_eps"]) * weight


def initial_weights():
    """Named and shaped as Hugging Face's LlamaForCausalLM stores them: (out, in)."""
    dim, ffn, layers = (
        CONFIG["hidden_size"],
        CONFIG["intermediate_size"],
        CONFIG["num_hidden_layers"],
    )
    head = CONFIG["head_dim"]
    q, kv = CONFIG["num_attention_heads"] * head, CONFIG["num_key_value_heads"] * head
    residual = 1 / math.sqrt(2 * layers)
    weights = {"model.embed_tokens.weight": torch.randn(CONFIG["vocab_size"], dim) * 0.02}
    for layer in range(layers):
        name = f"model.layers.{layer}."
        for part, rows, columns, scale in [
            ("self_attn.q_proj", q, dim, 1),
            ("self_attn.k_proj", kv, dim, 1),
            ("self_attn.v_proj", kv, dim, 1),
            ("self_attn.o_proj", dim, q, residual),
            ("mlp.gate_proj", ffn, dim, 1),
            ("mlp.up_proj", ffn, dim, 1),
            ("mlp.down_proj", dim, ffn, residual),
        ]:
            weight = torch.randn(rows, columns) * scale / math.sqrt(columns)
            weights[name + part + ".weight"] = weight
        weights[name + "input_layernorm.weight"] = torch.ones(dim)
        weights[name + "post_attention_layernorm.weight"] = torch.ones(dim)
    weights["model.norm.weight"] = torch.ones(dim)
    return weights


def rotate(x, cosine, sine):
    """RoPE, half-split: channel i turns with channel i + half. x: (batch, heads, n, head_dim)"""
    half = x.shape[-1] // 2
    low, high = x[..., :half], x[..., half:]
    return torch.cat([low * cosine - high * sine, high * cosine + low * sine], -1)


def forward(weights, tokens):
    """tokens: (batch, n) -> logits (batch, n, vocab_size)"""
    batch, length = tokens.shape
    head, heads = CONFIG["head_dim"], CONFIG["num_attention_heads"]
    kv_heads = CONFIG["num_key_value_heads"]
    frequency = CONFIG["rope_theta"] ** (-torch.arange(0, head, 2) / head)
    angle = torch.arange(length)[:, None] * frequency[None]
    cosine, sine = angle.cos(), angle.sin()
    x = weights["model.embed_tokens.weight"][tokens]
    for layer in range(CONFIG["num_hidden_layers"]):
        w = lambda part: weights[f"model.layers.{layer}.{part}.weight"]
        normed = rms_norm(x, w("input_layernorm"))
        split = lambda part, n: (normed @ w(part).T).view(batch, length, n, head).transpose(1, 2)
        q = rotate(split("self_attn.q_proj", heads), cosine, sine)
        k = rotate(split("self_attn.k_proj", kv_heads), cosine, sine)
        v = split("self_attn.v_proj", kv_heads)
        k, v = (t.repeat_interleave(heads // kv_heads, 1) for t in (k, v))
        mixed = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + mixed.transpose(1, 2).reshape(batch, length, -1) @ w("self_attn.o_proj").T
        normed = rms_norm(x, w("post_attention_layernorm"))
        gate = functional.silu(normed @ w("mlp.gate_proj").T) * (normed @ w("mlp.up_proj").T)
        x = x + gate @ w("mlp.down_proj").T
    return rms_norm(x, weights["model.norm.weight"]) @ weights["model.embed_tokens.weight"].T


def encode(tokenizer, text, recalls):
    """Token ids with begin and end, and for each recall (kind, fact end, begin, end) in tokens."""
    encoding = tokenizer.encode(text)
    ids, starts = encoding.ids + [1], [offset[0] for offset in encoding.offsets]
    first = lambda character: next(i for i, start in enumerate(starts) if start >= character and i)
    spans = []
    for recall in recalls:
        # A word's token holds the space before it, so that it starts one character earlier.
        begin = first(recall["begin"] - 1)
        spans.append((recall["kind"], first(recall["fact_end"]), begin, first(recall["end"])))
    return ids, spans


def batches(tokenizer, scenes_max, tokens_per_batch, answer_weight, seed):
    """Endless (tokens, weights) of stories of like length, padded at the right."""
    source = tiny_stories.stories(seed, scenes_max)
    shuffle = torch.Generator().manual_seed(seed)
    while True:
        pool = []
        while len(pool) < 1024:
            ids, spans = encode(tokenizer, *next(source))
            if len(ids) <= CONFIG["max_position_embeddings"]:
                pool.append((ids, spans))
        pool.sort(key=lambda story: len(story[0]))
        groups, start = [], 0
        while start < len(pool):
            stop = start + 1
            while stop < len(pool) and len(pool[stop][0]) * (stop + 1 - start) <= tokens_per_batch:
                stop += 1
            groups.append(pool[start:stop])
            start = stop
        for index in torch.randperm(len(groups), generator=shuffle).tolist():
            group = groups[index]
            length = max(len(ids) for ids, _ in group)
            tokens = torch.zeros(len(group), length, dtype=torch.long)
            weight = torch.zeros(len(group), length)
            for row, (ids, spans) in enumerate(group):
                tokens[row, : len(ids)] = torch.tensor(ids)
                weight[row, 1 : len(ids)] = 1
                for _, _, begin, end in spans:
                    weight[row, begin:end] = answer_weight
            yield tokens, weight[:, 1:]


def losses(weights, tokens):
    logits, next_tokens = forward(weights, tokens[:, :-1]), tokens[:, 1:]
    each = functional.cross_entropy(logits.flatten(0, 1), next_tokens.flatten(), reduction="none")
    return each.view(next_tokens.shape)


class Muon:
    """Momentum whose update is made orthogonal by Newton-Schulz steps (Jordan et al., 2024)."""

    def __init__(self, matrices, momentum=0.95):
        self.matrices, self.momentum = matrices, momentum
        self.averages = [torch.zeros_like(matrix) for matrix in matrices]

    @torch.no_grad()
    def step(self, rate):
        for matrix, average in zip(self.matrices, self.averages):
            average.lerp_(matrix.grad, 1 - self.momentum)
            update = matrix.grad.lerp(average, self.momentum)
            wide = update if update.shape[0] <= update.shape[1] else update.T
            wide = wide / (wide.norm() + 1e-7)
            for _ in range(5):
                square = wide @ wide.T
                wide = 3.4445 * wide + (2.0315 * square @ square - 4.7750 * square) @ wide
            update = wide if update.shape[0] <= update.shape[1] else wide.T
            scale = max(1, matrix.shape[0] / matrix.shape[1]) ** 0.5
            matrix.mul_(1 - 0.05 * rate).add_(update, alpha=-rate * scale)
            matrix.grad = None


def train(tokenizer, arguments):
    weights = {name: value.requires_grad_() for name, value in initial_weights().items()}
    muon = Muon([value for name, value in weights.items() if name.endswith("_proj.weight")])
    others = [value for name, value in weights.items() if not name.endswith("_proj.weight")]
    adam = torch.optim.AdamW(others, betas=(0.9, 0.95), weight_decay=0.01)
    # Short stories first: copying from the context is learned there, soon and cheaply.
    near = batches(tokenizer, 2, 4096, arguments.answer_weight, SEED_TRAIN)
    far = batches(tokenizer, 16, 4096, arguments.answer_weight, SEED_TRAIN + 1000)
    started = time.time()
    for step in range(arguments.steps):
        done = step / arguments.steps
        rate = min(1, (step + 1) / 100, 0.02 + 1.4 * (1 - done))  # warm up, stay, go down
        for group in adam.param_groups:
            group["lr"] = arguments.rate * rate
        tokens, weight = next(near if done < 0.25 or step % 4 == 0 else far)
        each = losses(weights, tokens)
        ((each * weight).sum() / weight.sum()).backward()
        torch.nn.utils.clip_grad_norm_(weights.values(), 1.0)
        muon.step(arguments.muon_rate * rate)
        adam.step()
        adam.zero_grad(set_to_none=True)
        if step % 50 == 0:
            each = each.detach()
            answers = (weight > 1).float()
            print(
                f"step {step} loss {(each * (weight > 0)).sum() / (weight > 0).sum():.3f} "
                f"answers {(each * answers).sum() / answers.sum():.3f} "
                f"{time.time() - started:.0f} s",
                flush=True,
            )
    return {name: value.detach() for name, value in weights.items()}


@torch.no_grad()
def evaluate(weights, tokenizer, stories):
    """Loss per token on stories not trained on; recall is greedy, by distance from the fact."""
    weights = {name: value.float() for name, value in weights.items()}
    source = tiny_stories.stories(SEED_EVALUATE)
    total, count, near, kinds = 0.0, 0, {}, {}
    for _ in range(stories):
        ids, spans = encode(tokenizer, *next(source))
        if len(ids) > CONFIG["max_position_embeddings"]:
            continue
        tokens = torch.tensor([ids])
        logits = forward(weights, tokens[:, :-1])[0]
        total += functional.cross_entropy(logits, tokens[0, 1:], reduction="sum").item()
        count += len(ids) - 1
        # Greedy decoding gives the answer exactly if each of its tokens is the likeliest.
        guess = [0] + logits.argmax(-1).tolist()
        for kind, fact_end, begin, end in spans:
            right = guess[begin:end] == ids[begin:end]
            for table, key in ((near, (begin - fact_end) // 50 * 50), (kinds, kind)):
                hits, asked = table.get(key, (0, 0))
                table[key] = (hits + right, asked + 1)
    print(f"loss per token {total / count:.4f} nats over {count} tokens")
    for table in (near, kinds):
        for key, (hits, asked) in sorted(table.items()):
            name = f"{key} to {key + 49} tokens" if isinstance(key, int) else key
            print(f"  {name}: {hits} of {asked}, {100 * hits / asked:.1f} %")
    hits, asked = (sum(pair[i] for pair in kinds.values()) for i in (0, 1))
    print(f"recall {hits} of {asked}, {100 * hits / asked:.1f} %")


def save(directory, weights):
    (directory / "config.json").write_text(json.dumps(CONFIG, indent=2) + "\n")
    (directory / "tokenizer_config.json").write_text(
        json.dumps(
            {
                "bos_token": BEGIN,
                "eos_token": END,
                "tokenizer_class": "PreTrainedTokenizerFast",
                "model_max_length": CONFIG["max_position_embeddings"],
            },
            indent=2,
        )
        + "\n"
    )
    halves = {name: value.bfloat16() for name, value in weights.items()}
    (directory / "model.safetensors").write_bytes(
        safetensors.torch.save(halves, metadata={"format": "pt"})
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=pathlib.Path, help="the folder to write")
    parser.add_argument("--evaluate", type=pathlib.Path, help="measure the model in this folder")
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--rate", type=float, default=3e-3, help="the highest learning rate")
    parser.add_argument(
        "--muon-rate", type=float, default=0.02, help="the same for the layers' matrices"
    )
    parser.add_argument(
        "--answer-weight",
        type=float,
        default=4.0,
        help="how much more a token of an answer counts in the loss",
    )
    parser.add_argument("--stories", type=int, default=500, help="how many to evaluate on")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(SEED_TRAIN)
    torch.use_deterministic_algorithms(True)
    directory = arguments.evaluate or arguments.out
    if directory is None:
        parser.error("give --out DIRECTORY or --evaluate DIRECTORY")
    if arguments.out:
        os.makedirs(directory, exist_ok=True)
        save(directory, train(train_tokenizer(directory / "tokenizer.json"), arguments))
    evaluate(
        safetensors.torch.load_file(str(directory / "model.safetensors")),
        tokenizers.Tokenizer.from_file(str(directory / "tokenizer.json")),
        arguments.stories,
    )


if __name__ == "__main__":
    main()
