"""Two commands that each print a line of JSON with `seconds`, run in turns."""
import json
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIENET = ROOT / 'build/cpu/bin/lienet'


def timed(command):
    words = [str(word) for word in command]
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f'{" ".join(words)}: {done.stderr.strip()}')
    return json.loads(done.stdout.splitlines()[-1])


def alternate(commands, rounds):
    """`rounds` lists with the result of each command."""
    return [[timed(command) for command in commands] for _ in range(rounds)]


def spread(values, form='{:.2f}'):
    """median (least to most)"""
    shown = [form.format(v) for v in (statistics.median(values), min(values), max(values))]
    return f'{shown[0]} ({shown[1]} to {shown[2]})'
