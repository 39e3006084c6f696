#!/usr/bin/env python3
"""scripts/export_kvcm.py on a small .pth. Exit 77, "skipped", where torch is absent."""

import pathlib
import struct
import subprocess
import sys
import tempfile

try:
    import torch
except ImportError:
    print("torch is absent")
    sys.exit(77)

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts/export_kvcm.py"
WIDTHS = {"fp16": 2, "bf16": 2, "fp32": 4}


def main():
    state = {}
    for prefix in ["tk", "tv"]:
        for slot, columns in [(0, 6), (3, 2), (6, 2)]:
            state[f"compress_{prefix}.0.{slot}.weight"] = torch.arange(2.0 * columns).view(2, -1)
            state[f"compress_{prefix}.0.{slot}.bias"] = torch.tensor([0.5, -slot])
    state["attention.0.weight"] = torch.ones(3)
    with tempfile.TemporaryDirectory() as name:
        pth, out = pathlib.Path(name) / "in.pth", pathlib.Path(name) / "out.kvcm"
        for dtype, width in WIDTHS.items():
            torch.save({"epoch": 3, "compressor": state}, pth)
            command = [sys.executable, SCRIPT, pth, out, "--heads", "7", "--dtype", dtype]
            subprocess.run(command, check=True)
            file = out.read_bytes()
            assert struct.unpack("<IIHHIIIIIIII", file[:44]) == (
                0x4B56434D, 1, list(WIDTHS).index(dtype), 0, 1, 7, 2, 6, 3, 2, 6, 0), file[:44]
            assert len(file) == 44 + 2 * (3 * 12 + (12 + 4 + 4 + 6) * width)
            assert struct.unpack("<III", file[44:56]) == (2, 6, 1)
            if dtype == "fp32":
                assert struct.unpack("<14f", file[56:112]) == (*range(12), 0.5, 0.0)
        torch.save({name: state[name] for name in state if ".0.6." not in name}, pth)
        assert subprocess.run(command, stderr=subprocess.DEVNULL).returncode == 1


main()
