#!/usr/bin/env python3
"""Trains PyTorch's resnet20 on the digits by the recipe of README.md, once for each seed.

    digits_torch.py DATA

DATA is what digits.py wrote. Prints test accuracy and time after each epoch, and at the end the mean
of all seeds.
"""
import argparse
import math
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from networks import ResNet

MEAN, DEVIATION = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)  # CIFAR-10's, as lienet takes
EPOCHS, BATCH, PEAK_RATE, WARMUP_EPOCHS, PAD = 15, 50, 0.1, 1, 2


def read(file):
    records = torch.from_numpy(np.fromfile(file, np.uint8).reshape(-1, 3073))
    return records[:, 1:].reshape(-1, 3, 32, 32), records[:, 0].long()


def normalised(pixels):
    mean, deviation = (torch.tensor(v).reshape(3, 1, 1) for v in (MEAN, DEVIATION))
    return (pixels / 255 - mean) / deviation


def shifted(pixels):
    """A window of each image's size, anywhere in it and PAD black pixels around."""
    side = pixels.shape[-1]
    padded = F.pad(pixels, [PAD] * 4)
    places = torch.randint(2 * PAD + 1, (len(pixels), 2)).tolist()
    return torch.stack([p[:, y : y + side, x : x + side] for p, (y, x) in zip(padded, places)])


def learning_rate(step, steps, warmup):
    """lienet's cosine schedule (optim/schedule.h)."""
    if step < warmup:
        return PEAK_RATE * (step + 1) / warmup
    return PEAK_RATE / 2 * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup)))


@torch.no_grad()
def top1(model, images, labels):
    model.eval()
    right = sum((model(normalised(x)).argmax(1) == y).sum().item()
                for x, y in zip(images.split(BATCH), labels.split(BATCH)))
    return 100 * right / len(labels)


def train(seed, train_set, test_set):
    torch.manual_seed(seed)
    images, labels = train_set
    model = ResNet("resnet20", classes=10)
    optimizer = torch.optim.SGD(model.parameters(), lr=PEAK_RATE, momentum=0.9, nesterov=True,
                                weight_decay=5e-4)
    steps_per_epoch = math.ceil(len(labels) / BATCH)
    step, history, begin = 0, [], time.perf_counter()
    for epoch in range(EPOCHS):
        model.train()
        for batch in torch.randperm(len(labels)).split(BATCH):
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(step, EPOCHS * steps_per_epoch,
                                            WARMUP_EPOCHS * steps_per_epoch)
            loss = F.cross_entropy(model(normalised(shifted(images[batch]))), labels[batch])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            step += 1
        history.append(top1(model, *test_set))
        print(f"seed {seed}  epoch {epoch + 1:2}/{EPOCHS}  test top-1 {history[-1]:.2f} %  "
              f"{time.perf_counter() - begin:.1f} s", flush=True)
    return history


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder that digits.py wrote")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--threads", type=int, default=2)
    o = parser.parse_args()
    torch.set_num_threads(o.threads)
    train_set, test_set = read(o.data / "data_batch_1.bin"), read(o.data / "test_batch.bin")
    last = [train(seed, train_set, test_set)[-1] for seed in o.seeds]
    print(f"test top-1 over {len(last)} seeds: mean {sum(last) / len(last):.2f} %, "
          f"from {min(last):.2f} to {max(last):.2f}")


if __name__ == "__main__":
    main()
