#!/usr/bin/env python3
"""Reads a run's event files by TensorBoard's own reader, and compares them with its metrics.

    tensorboard_events.py [RUN]

Without RUN it trains a small one, which loses its last checkpoint and goes on from the one before.
Exit code 1 where a curve has other steps than the metrics have epochs, or other values.
"""
import argparse
import csv
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from program import add_program_option, lienet, require

np, accumulator = require("numpy", "tensorboard.backend.event_processing.event_accumulator")

COLUMNS = {"loss/train": "train_loss", "loss/test": "test_loss", "top1/train": "train_top1",
           "top1/test": "test_top1", "learning_rate": "learning_rate",
           "images_per_second": "images_per_second"}


def train(program, run):
    os.environ["LIENET_DATA"] = str(run.parent)
    lienet(program, "train", "shapes100", "--train", 80, "--test", 20, "--model", "resnet20",
           "--width", 8, "--batch", 16, "--epochs", 3, "--inhibit", "paper,sets=8", "--out", run)
    shutil.copy(run / "previous.safetensors", run / "last.safetensors")
    lienet(program, "train", "--resume", run)


def expected_of(run):
    """By tag, a value for each epoch."""
    with open(run / "metrics.csv") as file:
        rows = list(csv.DictReader(file))
    curves = {tag: {int(row["epoch"]): float(row[column]) for row in rows}
              for tag, column in COLUMNS.items()}
    for line in (run / "metrics.jsonl").read_text().splitlines():
        record = json.loads(line)
        for layer in record["layers"]:
            epoch, name = record["epoch"], layer["layer"]
            if layer["inhibited"] is not None:
                curves.setdefault(f"kept/{name}", {})[epoch] = 1 - layer["inhibited"]
            if layer["flux"] is not None:
                curves.setdefault(f"flux/{name}", {})[epoch] = layer["flux"]
    return curves


def curves_of(run):
    events = accumulator.EventAccumulator(str(run), size_guidance={accumulator.SCALARS: 0})
    events.Reload()
    return {tag: [(e.step, e.value) for e in events.Scalars(tag)]
            for tag in events.Tags()["scalars"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, nargs="?", help="directory of a run of one metric, top-1")
    add_program_option(parser)
    o = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        run = o.run or Path(scratch) / "run"
        if not o.run:
            train(o.lienet, run)
        expected, curves = expected_of(run), curves_of(run)
        files = len(list(run.glob("events.out.tfevents.*")))

    wrong = sorted(expected.keys() ^ curves.keys() - {"gsnr"})
    for tag in expected.keys() & curves.keys():
        points = [(step, np.float32(value)) for step, value in expected[tag].items()]
        if [(step, np.float32(value)) for step, value in curves[tag]] != points:
            wrong.append(tag)
    points = sum(map(len, curves.values()))
    print(f"{files} event files, {len(curves)} curves, {points} points; "
          f"{len(wrong)} differ from the metrics{': ' if wrong else ''}{', '.join(wrong)}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
