#!/usr/bin/env python3
"""lienet and PyTorch side by side: a ResNet-18 with the same weights, the same images.

    compare_with_torch.py [--batch 8] [--double]

Compares the loss, the logits and the gradients of every layer with PyTorch's in float64; then the
same with lateral inhibition, which PyTorch takes as a hook of a few lines. Needs torch and
torchvision.

In float32 rounding decides now and then on which side of a ReLU's kink, or of inhibition's
threshold, a value falls; all gradients below it then differ, by chance, in PyTorch's float32, too,
which stands beside. With --double lienet computes in float64, by its plain loops: a few minutes,
and what differs then is the method.
"""
import argparse
import statistics

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


def pass_of_torch(network, images, labels):
    """The loss of a pass of training, and the gradient of every parameter."""
    network.train().zero_grad()
    loss = functional.cross_entropy(network(images), labels)
    loss.backward()
    return loss.item(), {name: p.grad for name, p in network.named_parameters()}


def pass_of_lienet(model, images, labels):
    loss = lienet.cross_entropy_backward(model, images, labels)
    return loss, {p.name: torch.from_dlpack(p.grad) for p in model.parameters()}


def relative_error(values, expected):
    """The largest difference, as a share of the largest value."""
    return ((values - expected).abs().max() / expected.abs().max()).item()


def errors_by_layer(gradients, expected):
    """The largest of each layer's parameters."""
    errors = {}
    for name, gradient in gradients.items():
        layer = name.rpartition(".")[0]
        error = relative_error(gradient, expected[name])
        errors[layer] = max(errors.get(layer, 0), error)
    return errors


def compare(model, single, double, images, labels):
    """A pass of training in each; prints losses, returns errors of lienet and of float32."""
    exact_loss, exact = pass_of_torch(double, images.double(), labels)
    loss, ours = pass_of_lienet(model, images, labels)
    _, theirs = pass_of_torch(single, images, labels)
    print(f"loss: lienet {loss:.8f}, PyTorch {exact_loss:.8f}")
    return errors_by_layer(ours, exact), errors_by_layer(theirs, exact)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--double", action="store_true", help="lienet in float64")
    o = parser.parse_args()

    # lienet's weights into PyTorch: each tensor is seen where it lies, and copied by PyTorch.
    ctx = lienet.Context("ref", dtype="float64") if o.double else lienet.Context("cpu")
    model = lienet.ResNet(ctx, "resnet18", classes=CLASSES)
    state = {name: torch.from_dlpack(t) for name, t in model.state_dict().items()}
    networks = single, double = torch_resnet18(), torch_resnet18().double()
    for network in networks:
        network.load_state_dict(state)

    torch.manual_seed(0)
    images = torch.randn(o.batch, 3, 32, 32)
    labels = torch.randint(CLASSES, (o.batch,))

    columns = list(compare(model, single, double, images, labels))
    with torch.no_grad():
        expected = double.eval()(images.double())
    print(f"logits: relative error {relative_error(torch.from_dlpack(model(images)), expected):.1e}")
    model.inhibit_blocks("paper")
    for network in networks:
        inhibit_blocks(network)
    columns += compare(model, single, double, images, labels)

    print(f"\n{'relative error of gradients':30} {'plain':^21} {'inhibited':^21}")
    print(f"{'layer':30}" + f" {'lienet':>10} {'float32':>10}" * 2)
    for layer in columns[0]:
        print(f"{layer:30}" + "".join(f" {column[layer]:10.1e}" for column in columns))
    for title, summary in ("median", statistics.median), ("largest", max):
        print(f"{title:30}" + "".join(f" {summary(c.values()):10.1e}" for c in columns))


if __name__ == "__main__":
    main()
