"""Runs lienet for the comparisons of this folder, on images that it makes for them."""
import importlib
import subprocess
import sys
from pathlib import Path

SKIPPED = 77  # the exit code that ctest takes for it
CLASSES, IMAGES = 5, 4  # of each class; training and test images are the same


def require(*packages):
    """These packages; where one is missing, the script ends as skipped."""
    try:
        return [importlib.import_module(package) for package in packages]
    except ImportError as error:
        print(f"skipped: {error}; pip install -r tests/peers/requirements.txt")
        sys.exit(SKIPPED)


def add_program_option(parser):
    parser.add_argument("--lienet", type=Path, default="build/cpu/bin/lienet", help="the program")


def lienet(program, *words):
    """What it prints; an error of the program is one of the script."""
    return subprocess.run([program, *map(str, words)], check=True, stdout=subprocess.PIPE,
                          text=True).stdout


def make_images(folder, side):
    """Noise, blurred in blocks so that it has structure, as a folder of PNG files for lienet; and
    as an array u8 [N,3,side,side] in its order."""
    np, pillow = require("numpy", "PIL.Image")
    random = np.random.RandomState(0)
    coarse = random.randint(256, size=(CLASSES * IMAGES, side // 4, side // 4, 3))
    fine = random.randint(64, size=(CLASSES * IMAGES, side, side, 3))
    pixels = (coarse.repeat(4, 1).repeat(4, 2) * 3 // 4 + fine).astype(np.uint8)
    for split in ("train", "val"):
        for i, image in enumerate(pixels):
            place = Path(folder) / split / f"class{i // IMAGES}"
            place.mkdir(parents=True, exist_ok=True)
            pillow.fromarray(image).save(place / f"{i % IMAGES}.png")
    return pixels.transpose(0, 3, 1, 2)


def lienet_logits(program, folder, side, *words):
    """[N,CLASSES] of the folder's images, uncropped; the words name the weights."""
    (np,) = require("numpy")
    file = Path(folder) / "logits.npy"
    lienet(program, "eval", folder, "--image-size", side, "--resize", side, "--logits", file, *words)
    return np.load(file)
