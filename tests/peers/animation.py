#!/usr/bin/env python3
"""Reads the animation of a run that was trained with --watch, and compares its frames with the pictures.

    animation.py RUN

Exit code 1 where a frame differs from its epoch's picture in any pixel.
"""
import argparse
import sys
from pathlib import Path

from PIL import Image, ImageChops


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, help="directory of the run")
    run = parser.parse_args().run

    pictures = sorted((run / "watch").glob("epoch-*.png"), key=lambda p: int(p.stem[6:]))
    animation = Image.open(run / "watch.png")
    frames = getattr(animation, "n_frames", 1)
    same = 0
    for i in range(frames):
        animation.seek(i)
        picture = pictures[i * (len(pictures) - 1) // max(frames - 1, 1)]
        difference = ImageChops.difference(animation.convert("RGB"), Image.open(picture))
        same += difference.getbbox() is None
        print(f"frame {i + 1}: {picture.name}, {animation.info['duration']:.0f} ms"
              f"{'' if difference.getbbox() is None else ', DIFFERS'}")
    print(f"{animation.format}, {animation.size[0]} x {animation.size[1]}, {len(pictures)} epochs: "
          f"{same} of {frames} frames are their epoch's picture")
    sys.exit(0 if same == frames else 1)


if __name__ == "__main__":
    main()
