#!/usr/bin/env python3
"""Loads weights that lienet saved into PyTorch and compares the logits of both.

    logits.py WEIGHTS [DATA]

WEIGHTS is a run's best.safetensors; DATA a folder with test images in CIFAR's binary format, else
500 images of noise are made. Exit code 1 where the logits differ by more than 1e-4 of the largest.
"""
import argparse
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from networks import ResNet
from program import add_program_option, lienet

TOLERANCE = 1e-4  # of the largest logit
FILES = {10: ("data_batch_1.bin", "test_batch.bin", 1), 100: ("train.bin", "test.bin", 2)}


def read_safetensors(path):
    """Metadata and tensors of a file, by the format alone."""
    data = bytearray(path.read_bytes())
    begin = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:begin])
    metadata = header.pop("__metadata__")
    tensors = {}
    for name, entry in header.items():
        first, end = entry["data_offsets"]
        dtype = {"F32": "<f4", "I64": "<i8"}[entry["dtype"]]
        values = np.frombuffer(data[begin + first : begin + end], dtype)
        tensors[name] = torch.from_numpy(values.reshape(entry["shape"]))
    return metadata, tensors


def write_noise(folder, classes, count=500):
    """A training and a test file: lienet opens no data set without both."""
    train, test, labels = FILES[classes]
    records = np.random.RandomState(0).randint(256, size=(count, labels + 3072)).astype(np.uint8)
    records[:, :labels] %= 10  # as a coarse label or a class, right in either format
    records[:1].tofile(folder / train)
    records.tofile(folder / test)


def read_images(folder, classes):
    _, test, labels = FILES[classes]
    records = np.fromfile(folder / test, np.uint8).reshape(-1, labels + 3072)
    return torch.from_numpy(records[:, labels:].reshape(-1, 3, 32, 32))


@torch.no_grad()
def torch_logits(model, pixels, metadata, dtype):
    mean, deviation = (torch.tensor([float(v) for v in metadata[key].split()]).reshape(3, 1, 1)
                       for key in ("mean", "deviation"))
    model = model.to(dtype).eval()
    return torch.cat([model(((x / 255 - mean) / deviation).to(dtype)) for x in pixels.split(100)])


def lienet_logits(program, weights, dataset, folder, scratch):
    file = Path(scratch) / "logits.npy"
    lienet(program, "eval", dataset, "--weights", weights, "--data", folder, "--logits", file)
    return torch.from_numpy(np.load(file))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weights", type=Path)
    parser.add_argument("data", type=Path, nargs="?")
    add_program_option(parser)
    o = parser.parse_args()

    metadata, tensors = read_safetensors(o.weights)
    classes = int(metadata["classes"])
    model = ResNet(metadata["model"], classes, int(metadata["width"]), metadata["stem"])
    model.load_state_dict(tensors, strict=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder = o.data or Path(scratch)
        if not o.data:
            write_noise(folder, classes)
        pixels = read_images(folder, classes)
        ours = lienet_logits(o.lienet, o.weights, f"cifar{classes}", folder, scratch)
    theirs = torch_logits(model, pixels, metadata, torch.float32)
    exact = torch_logits(model, pixels, metadata, torch.float64)

    largest = exact.abs().max().item()
    print(f"{metadata['model']}, width {metadata['width']}: {len(tensors)} tensors into PyTorch; "
          f"logits {list(ours.shape)}, largest {largest:.3f}")
    pairs = [("lienet - PyTorch", ours, theirs), ("lienet - PyTorch in double", ours, exact),
             ("PyTorch - PyTorch in double", theirs, exact)]
    worst = [(a - b).abs().max().item() for _, a, b in pairs]
    for (name, _, _), w in zip(pairs, worst):
        print(f"{name:28} largest difference {w:.2e}, relative {w / largest:.2e}")
    print(f"same class in {(ours.argmax(1) == theirs.argmax(1)).sum()} of {len(ours)} images")
    sys.exit(0 if worst[0] <= TOLERANCE * largest else 1)


if __name__ == "__main__":
    main()
