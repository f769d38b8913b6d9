#!/usr/bin/env python3
"""Writes scikit-learn's 1,797 handwritten digits as a data set in CIFAR-10's binary format.

    digits.py OUT

They come inside the package: nothing is downloaded. 1,500 are for training, 297 for testing; the
split is always the same.
"""
import argparse
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

TRAIN = 1500
NAMES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def records(images, labels):
    """images [N,8,8] of 0..16, labels [N] -> N records of a label and 3 equal planes of 32x32."""
    bytes_ = np.rint(images * (255 / 16)).astype(np.uint8)
    large = bytes_.repeat(4, axis=1).repeat(4, axis=2).reshape(len(images), 1024)
    return np.concatenate([labels[:, None].astype(np.uint8), large, large, large], axis=1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, help="folder, made if needed")
    out = parser.parse_args().out

    digits = load_digits()
    order = np.random.RandomState(0).permutation(len(digits.target))  # the same in every numpy
    rows = records(digits.images[order], digits.target[order])
    out.mkdir(parents=True, exist_ok=True)
    rows[:TRAIN].tofile(out / "data_batch_1.bin")
    rows[TRAIN:].tofile(out / "test_batch.bin")
    (out / "batches.meta.txt").write_text("\n".join(NAMES) + "\n")
    print(f"{out}: {TRAIN} training and {len(rows) - TRAIN} test images")


if __name__ == "__main__":
    main()
