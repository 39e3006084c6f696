#!/usr/bin/env python3
"""Writes the trained projections of FastCache, a .pth, as the KVCM file that LinearDecouple reads.

    python3 -m venv venv && venv/bin/pip install torch
    venv/bin/python scripts/export_kvcm.py llava_mlp.pth llava_mlp.kvcm --heads 32

The .pth holds, at whatever depth, tensors <prefix>.<layer>.<slot>.weight and, mostly, .bias, where
a prefix is compress_tk, compress_tv (keys and values of text), compress_ik or compress_iv (of an
image; both may be missing). Each prefix has three slots in a layer. Other tensors are left out.
"""

import argparse
import pathlib
import re
import struct

PREFIXES = ["compress_tk", "compress_tv", "compress_ik", "compress_iv"]
NAME = re.compile(r"(?:.*\.)?(compress_[ti][kv])\.(\d+)\.(\d+)\.(weight|bias)$")
TYPES = ["fp16", "bf16", "fp32"]


def projections(state):
    """{(prefix, layer): {slot: {"weight": tensor, "bias": tensor}}} of all that lies in `state`."""
    out = {}
    for name, value in state.items():
        if isinstance(value, dict):
            out.update(projections(value))
        elif match := NAME.match(name):
            prefix, layer, slot, part = match.groups()
            slots = out.setdefault((prefix, int(layer)), {})
            slots.setdefault(int(slot), {})[part] = value
    return out


def numbers(tensor, dtype):
    """The tensor's bytes, little-endian."""
    import torch
    if dtype == "bf16":
        return tensor.to(torch.bfloat16).contiguous().view(torch.int16).numpy().tobytes()
    return tensor.to(torch.float16 if dtype == "fp16" else torch.float32).numpy().tobytes()


def kvcm(state, heads, min_rows, dtype, metadata=b""):
    """A .pth's contents → the bytes of the file."""
    found = projections(state)
    layers = 1 + max((layer for _, layer in found), default=-1)
    prefixes = [p for p in PREFIXES if any(prefix == p for prefix, _ in found)]
    if layers == 0 or prefixes not in (PREFIXES, PREFIXES[:2]):
        raise SystemExit(f"projections of {PREFIXES} are expected; there are {prefixes}")
    head_dim, width = found[prefixes[0], 0][min(found[prefixes[0], 0])]["weight"].shape
    weights = b""
    for layer in range(layers):
        for prefix in prefixes:
            slots = found.get((prefix, layer), {})
            if len(slots) != 3:
                raise SystemExit(f"{prefix}.{layer} has {len(slots)} linear layers, not 3")
            for i, slot in enumerate(sorted(slots)):
                weight, bias = slots[slot]["weight"], slots[slot].get("bias")
                if tuple(weight.shape) != (head_dim, head_dim if i else width):
                    raise SystemExit(f"{prefix}.{layer}.{slot}: its shape is {tuple(weight.shape)}")
                weights += struct.pack("<III", *weight.shape, bias is not None)
                weights += numbers(weight, dtype)
                weights += b"" if bias is None else numbers(bias, dtype)
    header = struct.pack("<IIHHIIIIIIII", 0x4B56434D, 1, TYPES.index(dtype), 0, layers, heads,
                         head_dim, width, width // head_dim, min_rows, 3 * len(prefixes),
                         len(metadata))
    return header + metadata + weights


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pth", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--heads", type=int, required=True, help="key/value heads of the model")
    parser.add_argument("--min-rows", type=int, default=2,
                        help="a part of which fewer rows would be made stays as it is")
    parser.add_argument("--dtype", choices=TYPES, default="fp16")
    arguments = parser.parse_args()
    import torch
    state = torch.load(arguments.pth, map_location="cpu", weights_only=True)
    arguments.out.write_bytes(kvcm(state, arguments.heads, arguments.min_rows, arguments.dtype))


if __name__ == "__main__":
    main()
