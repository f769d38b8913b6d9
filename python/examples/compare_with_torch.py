#!/usr/bin/env python3
"""lienet and PyTorch side by side: a ResNet-18 with the same weights, the same images.

    compare_with_torch.py [--batch 16] [--double]

Compares logits, the loss, and the gradient of every parameter; then the same with lateral
inhibition, which PyTorch takes as a hook of a few lines. Needs torch and torchvision. With --double
both compute in float64, lienet by its plain loops, so that only the method can differ: in float32 a
rounding error may decide which side of a threshold a position falls on.
"""
import argparse

import lienet
import torch
import torchvision
from torch.nn import functional

CLASSES = 10


def torch_resnet18():
    """torchvision's own, with the stem for images of 32x32."""
    network = torchvision.models.resnet18(num_classes=CLASSES)
    network.conv1 = torch.nn.Conv2d(3, 64, 3, padding=1, bias=False)
    network.maxpool = torch.nn.Identity()
    return network


def inhibited(gradient, rate=0.5, sets=16, sigma=11.0, size=5):
    """A gradient [N, C, H, W] of which each set of channels keeps the places that are above the
    quantile of its norms' response to a Laplacian of Gaussian: lienet's preset "paper"."""
    n, channels, height, width = gradient.shape
    by_set = gradient.reshape(n * sets, channels // sets, height, width)
    norms = by_set.norm(dim=1, keepdim=True)
    x = torch.arange(size, dtype=gradient.dtype) - size // 2
    r = (x[:, None] ** 2 + x[None, :] ** 2) / (2 * sigma**2)
    taps = -(1 - r) * torch.exp(-r)  # a positive factor would change no mask
    padded = functional.pad(norms, [size // 2] * 4, mode="reflect")
    response = functional.conv2d(padded, taps[None, None]).abs()
    threshold = response.flatten(1).quantile(rate, dim=1)
    return (by_set * (response > threshold.reshape(-1, 1, 1, 1))).reshape(gradient.shape)


def inhibit_blocks(network):
    """Every residual block but the last two; a hook of a tensor sees its complete gradient."""
    def on_output(_module, _inputs, output):
        output.register_hook(inhibited)

    blocks = [block for i in range(1, 5) for block in getattr(network, f"layer{i}")]
    for block in blocks[:-2]:
        block.register_forward_hook(on_output)


def relative_error(ours, theirs):
    """The largest difference, as a share of the largest value."""
    theirs = theirs.detach()
    return ((torch.from_dlpack(ours) - theirs).abs().max() / theirs.abs().max()).item()


def gradient_errors(model, network, images, labels):
    """A pass of training in both: the losses, and the error of each parameter's gradient."""
    loss = lienet.cross_entropy_backward(model, images, labels)
    network.train().zero_grad()
    torch_loss = functional.cross_entropy(network(images), labels)
    torch_loss.backward()
    theirs = dict(network.named_parameters())
    errors = {p.name: relative_error(p.grad, theirs[p.name].grad) for p in model.parameters()}
    return loss, torch_loss.item(), errors


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--double", action="store_true")
    o = parser.parse_args()
    dtype = torch.float64 if o.double else torch.float32
    ctx = lienet.Context("ref", dtype="float64") if o.double else lienet.Context("cpu")

    # lienet's weights into PyTorch: each tensor is seen where it lies, and copied by PyTorch.
    model = lienet.ResNet(ctx, "resnet18", classes=CLASSES)
    network = torch_resnet18().to(dtype)
    network.load_state_dict({k: torch.from_dlpack(t) for k, t in model.state_dict().items()})

    torch.manual_seed(0)
    images = torch.randn(o.batch, 3, 32, 32, dtype=dtype)
    labels = torch.randint(CLASSES, (o.batch,))

    plain = gradient_errors(model, network, images, labels)
    with torch.no_grad():
        logits = relative_error(model(images), network.eval()(images))
    model.inhibit_blocks("paper")
    inhibit_blocks(network)
    masked = gradient_errors(model, network, images, labels)

    print(f"logits: relative error {logits:.1e}")
    for title, (ours, theirs, _) in ("plain", plain), ("inhibited", masked):
        print(f"loss, {title}: lienet {ours:.7f}, PyTorch {theirs:.7f}")
    print(f"{'relative error of the gradient of':40} {'plain':>9} {'inhibited':>9}")
    for name in plain[2]:
        print(f"{name:40} {plain[2][name]:9.1e} {masked[2][name]:9.1e}")
    print(f"{'largest':40} {max(plain[2].values()):9.1e} {max(masked[2].values()):9.1e}")


if __name__ == "__main__":
    main()
