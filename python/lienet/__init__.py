"""lienet from Python: residual networks with lateral inhibition, trained and looked into.

    import lienet
    ctx = lienet.Context()
    model = lienet.ResNet(ctx, "resnet18", classes=10)
    model.inhibit_blocks("paper,rate=0.3")
    optimizer = lienet.SGD(model, lr=0.1, momentum=0.9)
    loss = lienet.train_step(model, optimizer, images, labels)

Images and labels are numpy arrays, PyTorch tensors, or whatever else speaks DLPack. They are read
where they lie; numpy arrays that are read-only or not contiguous, and images of another floating
type than the context's, are copied first.
"""
from ._core import (
    SGD,
    Context,
    Error,
    Inhibition,
    Parameter,
    ResNet,
    Tensor,
    __version__,
    cross_entropy_backward,
    from_dlpack,
    from_numpy,
    saliency,
    train_step,
)

__all__ = [
    "SGD",
    "Context",
    "Error",
    "Inhibition",
    "Parameter",
    "ResNet",
    "Tensor",
    "__version__",
    "cross_entropy_backward",
    "from_dlpack",
    "from_numpy",
    "saliency",
    "train_step",
]
