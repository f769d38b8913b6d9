#!/usr/bin/env python3
"""Takes weights from PyTorch to lienet and back, under torchvision's names and pytorch-cifar's.

    torchvision_weights.py

Networks have random weights and statistics. Exit code 1 where a tensor is lost or comes back
changed, or logits differ by more than 1e-4 of the largest.
"""
import argparse
import sys
import tempfile
from pathlib import Path

from program import (CLASSES, add_program_option, lienet, lienet_logits, make_images, require)

torch, torchvision, safetensors = require("torch", "torchvision", "safetensors.torch")

from networks import ResNet  # needs torch, too  # noqa: E402

TOLERANCE = 1e-4  # of the largest logit
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # ImageNet's, as lienet takes


def kuangliu(name):
    """pytorch-cifar's name of a tensor, as DataParallel saves it."""
    return "module." + name.replace("downsample", "shortcut").replace("fc.", "linear.")


@torch.no_grad()
def randomise(model):
    """BatchNorm that does something; convolutions are random already."""
    for layer in model.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.weight.uniform_(0.5, 1)
            layer.bias.normal_(std=0.2)
            layer.running_mean.normal_(std=0.2)
            layer.running_var.uniform_(0.5, 1.5)
            layer.num_batches_tracked.fill_(7)
    return model.eval()


@torch.no_grad()
def torch_logits(model, pixels):
    mean, deviation = (torch.tensor(v).reshape(3, 1, 1) for v in (MEAN, DEVIATION))
    return model((torch.from_numpy(pixels) / 255 - mean) / deviation)


def compare(program, name, make, stem, side, names, scratch):
    """Whether tensors and logits are the same on both sides."""
    rename = kuangliu if names == "kuangliu" else str
    model = randomise(make())
    state = {rename(key): value for key, value in model.state_dict().items()}
    there, back = scratch / "there.safetensors", scratch / "back.safetensors"
    safetensors.save_file(state, there)
    words = ["--weights", there, "--model", name, "--stem", stem]
    pixels = make_images(scratch / "images", side)
    ours = torch.from_numpy(lienet_logits(program, scratch / "images", side, *words))
    theirs = torch_logits(model, pixels)
    worst = ((ours - theirs).abs().max() / theirs.abs().max()).item()

    said = lienet(program, "export", *words, "--names", names, "--out", back)
    matched = int(said.split(": ")[-1].split()[0])
    returned = {f"module.{key}" if names == "kuangliu" else key: value
                for key, value in safetensors.load_file(back).items()}
    same = state.keys() == returned.keys() and all(
        torch.equal(state[key], returned[key]) for key in state)
    if names == "torchvision":
        make().load_state_dict(returned, strict=True)
    print(f"{name}, {stem} stem, names of {names}: {matched} of {len(state)} tensors matched, "
          f"{'all came back the same' if same else 'NOT the same when they came back'}; "
          f"logits differ by {worst:.1e} of the largest, {theirs.abs().max():.3f}", flush=True)
    return same and matched == len(state) and worst <= TOLERANCE


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_program_option(parser)
    program = parser.parse_args().lienet
    torch.manual_seed(0)
    models = torchvision.models
    cases = [("resnet18", lambda: models.resnet18(num_classes=CLASSES), "imagenet", 64),
             ("resnet50", lambda: models.resnet50(num_classes=CLASSES), "imagenet", 64),
             ("resnet18", lambda: ResNet("resnet18", CLASSES), "cifar", 32)]
    right = True
    for name, make, stem, side in cases:
        names = "kuangliu" if stem == "cifar" else "torchvision"
        with tempfile.TemporaryDirectory() as scratch:
            right &= compare(program, name, make, stem, side, names, Path(scratch))
    sys.exit(0 if right else 1)


if __name__ == "__main__":
    main()
