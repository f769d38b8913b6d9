#!/usr/bin/env python3
"""Runs networks that lienet exports as ONNX in onnxruntime, and compares the logits of both.

    onnx_logits.py [--full]

Networks are trained for an epoch on images of noise, with inhibition; narrow ones, unless --full.
Exit code 1 where logits differ by more than 1e-4 of the largest, or onnx's checker finds fault.
"""
import argparse
import sys
import tempfile
from pathlib import Path

from program import add_program_option, lienet, lienet_logits, make_images, require

np, onnx, onnxruntime = require("numpy", "onnx", "onnxruntime")

TOLERANCE = 1e-4  # of the largest logit
# Model, stem, and the width and the images' side, narrow and full.
CASES = [("resnet18", "cifar", (8, 32), (0, 32)),
         ("resnet50", "imagenet", (8, 64), (0, 224)),
         ("resnet20", "cifar", (0, 32), (0, 32))]


def statistics(file):
    """Mean and deviation of the channels, as the file says them."""
    metadata = {entry.key: entry.value for entry in onnx.load(file).metadata_props}
    return [np.array(metadata[key].split(), np.float32).reshape(3, 1, 1)
            for key in ("mean", "deviation")]


def onnx_logits(file, images, batch):
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    parts = [images[i : i + batch] for i in range(0, len(images), batch)]
    return np.concatenate([session.run(["logits"], {"images": part})[0] for part in parts])


def compare(program, model, stem, width, side, scratch):
    """Whether the logits are the same to TOLERANCE."""
    images = make_images(scratch / "images", side).astype(np.float32) / 255
    run, plain, pixels = scratch / "run", scratch / "plain.onnx", scratch / "pixels.onnx"
    lienet(program, "train", scratch / "images", "--model", model, "--stem", stem, "--width", width,
           "--image-size", side, "--resize", side, "--epochs", 1, "--batch", 4, "--lr", 0.01,
           "--inhibit", "paper,sets=8", "--out", run)
    lienet(program, "export", "--weights", run, "--onnx", plain)
    lienet(program, "export", "--weights", run, "--onnx", pixels, "--normalize", "--image-size",
           side)
    for file in (plain, pixels):
        onnx.checker.check_model(str(file), full_check=True)
    mean, deviation = statistics(plain)
    ours = lienet_logits(program, scratch / "images", side, "--weights", run)
    largest = abs(ours).max()
    worst = [abs(theirs - ours).max() / largest
             for theirs in (onnx_logits(plain, (images - mean) / deviation, batch=len(images)),
                            onnx_logits(pixels, images, batch=7))]
    print(f"{model}, {stem} stem, width {width or 'usual'}, {side}x{side}: largest of "
          f"{ours.size} logits {largest:.3f}; relative difference {worst[0]:.1e}, "
          f"{worst[1]:.1e} with normalisation in the graph", flush=True)
    return all(difference <= TOLERANCE for difference in worst)  # not so where one is no number


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_program_option(parser)
    parser.add_argument("--full", action="store_true", help="networks of the usual width")
    o = parser.parse_args()
    right = True
    for model, stem, narrow, full in CASES:
        with tempfile.TemporaryDirectory() as scratch:
            right &= compare(o.lienet, model, stem, *(full if o.full else narrow), Path(scratch))
    sys.exit(0 if right else 1)


if __name__ == "__main__":
    main()
