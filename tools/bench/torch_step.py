#!/usr/bin/env python3
"""Times a PyTorch training step or evaluation of a residual network: the other side of compare_torch
and gpu_check.

One line of JSON with the keys that `lienet bench step --json` prints: seconds (median), best,
images_per_second, peak_mib (of the process; on a GPU, what of the card is in use). Any PyTorch from 1.13 on will do;
--model resnet50 takes torchvision's.
"""
import argparse
import json
import resource
import statistics
import time

import torch
from torch import nn
from torch.nn import functional as F


class Block(nn.Module):
    def __init__(self, before, width, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(before, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = None
        if stride != 1 or before != width:
            self.downsample = nn.Sequential(nn.Conv2d(before, width, 1, stride, bias=False), nn.BatchNorm2d(width))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)), inplace=True)))
        y += self.downsample(x) if self.downsample else x
        return F.relu(y, inplace=True)


class ResNet18(nn.Module):
    """With the CIFAR stem. `mask`, where given, is applied to the gradient of every block's output
    but those of the last two, as a tensor hook: what a user of PyTorch would write."""

    def __init__(self, width, classes, mask):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.blocks = nn.ModuleList()
        before = width
        for stage in range(4):
            for i in range(2):
                self.blocks.append(Block(before, width << stage, 2 if stage and not i else 1))
                before = width << stage
        self.fc = nn.Linear(before, classes)
        self.mask = mask

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)), inplace=True)
        for i, block in enumerate(self.blocks):
            x = block(x)
            if self.mask and self.training and i + 2 < len(self.blocks):
                x.register_hook(self.mask)
        return self.fc(x.mean((2, 3)))


def paper_mask(gradient, sets=16, rate=0.5, sigma=11.0, size=5):
    n, c, u, v = gradient.shape
    at = torch.arange(size, device=gradient.device) - size // 2
    q = (at[:, None] ** 2 + at ** 2) / (2 * sigma ** 2)
    taps = -(1 - q) * torch.exp(-q)  # the scale changes no mask
    norms = gradient.float().reshape(n, sets, c // sets, u, v).norm(dim=2).reshape(n * sets, 1, u, v)
    padded = F.pad(norms, [size // 2] * 4, mode='reflect')
    response = F.conv2d(padded, taps[None, None]).abs().reshape(n, sets, u * v)
    keep = response > response.quantile(rate, dim=2, keepdim=True)
    return (gradient.reshape(n, sets, c // sets, u, v) * keep.reshape(n, sets, 1, u, v)).reshape(n, c, u, v)


def resnet50(classes, mask):
    """With the ImageNet stem."""
    from torchvision.models import resnet50
    model = resnet50(num_classes=classes)
    blocks = [block for name, stage in model.named_children() if name.startswith('layer') for block in stage]

    def inhibit(block, inputs, y):
        if block.training:
            y.register_hook(mask)

    for block in blocks[:-2] if mask else []:
        block.register_forward_hook(inhibit)
    return model


def seconds_of(step, o):
    """On a GPU steps are issued ten at a time, so that nobody waits between them."""
    at_once = 10 if o.device == 'cuda' else 1
    seconds = []
    for i in range(o.warmup + o.steps):
        begin = time.perf_counter()
        for _ in range(at_once):
            step()
        if o.device == 'cuda':
            torch.cuda.synchronize()
        if i >= o.warmup:
            seconds.append((time.perf_counter() - begin) / at_once)
    return seconds


def peak_mib(device):
    if device == 'cuda':
        free, total = torch.cuda.mem_get_info()
        return (total - free) / 2 ** 20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--model', choices=['resnet18', 'resnet50'], default='resnet18')
    parser.add_argument('--device', choices=['cpu', 'cuda'], default='cpu')
    parser.add_argument('--width', type=int, default=64, help='of resnet18')
    parser.add_argument('--batch', type=int, default=128)
    parser.add_argument('--image', type=int, default=32)
    parser.add_argument('--classes', type=int, default=100)
    parser.add_argument('--threads', type=int, default=torch.get_num_threads())
    parser.add_argument('--precision', choices=['fp32', 'tf32', 'bf16', 'fp16'], default='fp32')
    parser.add_argument('--inhibit', choices=['off', 'paper'], default='off')
    parser.add_argument('--eval', action='store_true', help='time model.eval() under no_grad instead')
    parser.add_argument('--compile', action='store_true', help='torch.compile: PyTorch 2')
    parser.add_argument('--steps', type=int, default=6)
    parser.add_argument('--warmup', type=int, default=2)
    o = parser.parse_args()
    torch.set_num_threads(o.threads)
    if o.compile and not hasattr(torch, 'compile'):
        parser.error(f'--compile: PyTorch {torch.__version__} has none; take one from 2.0 on')

    mask = paper_mask if o.inhibit == 'paper' else None
    model = resnet50(o.classes, mask) if o.model == 'resnet50' else ResNet18(o.width, o.classes, mask)
    model = model.to(o.device, memory_format=torch.channels_last).train(not o.eval)
    run = torch.compile(model) if o.compile else model
    images = torch.randn(o.batch, 3, o.image, o.image, device=o.device).to(memory_format=torch.channels_last)
    labels = torch.randint(0, o.classes, (o.batch,), device=o.device)
    sgd = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9, weight_decay=5e-4, nesterov=True)
    narrow = {'bf16': torch.bfloat16, 'fp16': torch.float16}.get(o.precision)
    scalers = torch.amp if hasattr(torch.amp, 'GradScaler') else torch.cuda.amp  # since PyTorch 2.3
    scaler = scalers.GradScaler(enabled=o.device == 'cuda' and o.precision == 'fp16')
    torch.backends.cudnn.benchmark = True
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = o.precision == 'tf32'

    def step():
        with torch.autocast(o.device, dtype=narrow or torch.bfloat16, enabled=narrow is not None):
            logits = run(images)
        if o.eval:
            return
        sgd.zero_grad(set_to_none=True)
        scaler.scale(F.cross_entropy(logits.float(), labels)).backward()
        scaler.step(sgd)
        scaler.update()

    with torch.set_grad_enabled(not o.eval):
        seconds = seconds_of(step, o)
    median = statistics.median(seconds)
    print(json.dumps({**vars(o), 'torch': torch.__version__, 'seconds': median, 'best': min(seconds),
                      'images_per_second': o.batch / median,
                      'peak_mib': peak_mib(o.device)}))


if __name__ == '__main__':
    main()
