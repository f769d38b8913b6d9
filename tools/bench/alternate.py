"""Commands run in turns, and what can be said of ratios that were taken so."""
import json
import math
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIENET = ROOT / 'build/cpu/bin/lienet'
ENOUGH = 0.95  # how sure an interval is, where there are rounds enough: from 6 on


def output_of(command):
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, capture_output=True, text=True)
    except OSError as error:
        sys.exit(f'{words[0]}: {error.strerror}')
    if done.returncode:
        sys.exit(f'{" ".join(words)}: {done.stderr.strip()}')
    return done.stdout


def timed(command):
    """What a command prints last: a line of JSON."""
    return json.loads(output_of(command).splitlines()[-1])


def alternate(commands, rounds, measure=timed):
    """`rounds` lists with what each command gives. Each round begins with another one, so that a
    clock or a temperature that drifts favours none.

    >>> alternate('abc', 2, measure=lambda command: print(command) or command.upper())
    a
    b
    c
    b
    c
    a
    [['A', 'B', 'C'], ['A', 'B', 'C']]
    """
    runs = []
    for first in range(rounds):
        results = {}
        for k in range(first, first + len(commands)):
            results[k % len(commands)] = measure(commands[k % len(commands)])
        runs.append([results[k] for k in range(len(commands))])
    return runs


def confidence(count, skipped):
    """That the median of what was sampled lies within the sample, `skipped` left out at each end:
    not so when at most so many of `count` values fall on one side of it.

    >>> confidence(5, 0), confidence(9, 1)
    (0.9375, 0.9609375)
    """
    return 1 - 2 * sum(math.comb(count, i) for i in range(skipped + 1)) / 2 ** count


def skipped_at_ends(count):
    skipped = 0
    while confidence(count, skipped + 1) >= ENOUGH:
        skipped += 1
    return skipped


def interval(values):
    """Two of the values that enclose the true median with 95 % or more, however they are
    distributed; the least and the greatest where they are too few for that.

    >>> interval([3, 1, 2, 9, 5, 4, 8, 6, 7]), interval([2, 1])
    ((2, 8), (1, 2))
    """
    ordered, skipped = sorted(values), skipped_at_ends(len(values))
    return ordered[skipped], ordered[-1 - skipped]


def spread(values, form='{:.2f}'):
    """median (interval)"""
    shown = [form.format(v) for v in (statistics.median(values), *interval(values))]
    return f'{shown[0]} ({shown[1]} to {shown[2]})'


def legend(rounds):
    """What spread() shows of so many rounds.

    >>> legend(9), legend(5)
    ('median of 9 rounds (its 96 % confidence interval)', 'median of 5 rounds (least to most)')
    """
    sure = confidence(rounds, skipped_at_ends(rounds))
    shown = f'its {100 * sure:.0f} % confidence interval' if sure >= ENOUGH else 'least to most'
    return f'median of {rounds} rounds ({shown})'
