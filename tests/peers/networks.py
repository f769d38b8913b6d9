"""lienet's residual networks (models/resnet.h) in PyTorch, out of torchvision's blocks: the names
of the tensors are the same, so that state dicts go from one to the other."""
import torch
from torch import nn
from torchvision.models.resnet import BasicBlock, Bottleneck

KNOWN = {
    "resnet18": (BasicBlock, [2, 2, 2, 2], 64),
    "resnet34": (BasicBlock, [3, 4, 6, 3], 64),
    "resnet50": (Bottleneck, [3, 4, 6, 3], 64),
    "resnet101": (Bottleneck, [3, 4, 23, 3], 64),
    "resnet152": (Bottleneck, [3, 8, 36, 3], 64),
    "resnet20": (BasicBlock, [3] * 3, 16),
    "resnet32": (BasicBlock, [5] * 3, 16),
    "resnet44": (BasicBlock, [7] * 3, 16),
    "resnet56": (BasicBlock, [9] * 3, 16),
    "resnet110": (BasicBlock, [18] * 3, 16),
}


class ResNet(nn.Module):
    def __init__(self, model, classes, width=0, stem="cifar"):
        super().__init__()
        block, depths, usual = KNOWN[model]
        width = width or usual
        if stem == "cifar":
            self.conv1 = nn.Conv2d(3, width, 3, padding=1, bias=False)
            self.maxpool = nn.Identity()
        else:
            self.conv1 = nn.Conv2d(3, width, 7, stride=2, padding=3, bias=False)
            self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.bn1 = nn.BatchNorm2d(width)
        self.stages = len(depths)
        channels = width
        for stage, depth in enumerate(depths):
            blocks = []
            for i in range(depth):
                stride, out = 2 if stage > 0 and i == 0 else 1, (width << stage) * block.expansion
                shortcut = None
                if stride != 1 or channels != out:
                    shortcut = nn.Sequential(nn.Conv2d(channels, out, 1, stride, bias=False),
                                             nn.BatchNorm2d(out))
                blocks.append(block(channels, width << stage, stride, shortcut))
                channels = out
            self.add_module(f"layer{stage + 1}", nn.Sequential(*blocks))
        self.fc = nn.Linear(channels, classes)
        for m in self.modules():  # as lienet and torchvision begin; the rest as PyTorch does
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x):
        x = self.maxpool(torch.relu(self.bn1(self.conv1(x))))
        for stage in range(self.stages):
            x = getattr(self, f"layer{stage + 1}")(x)
        return self.fc(x.mean((2, 3)))
