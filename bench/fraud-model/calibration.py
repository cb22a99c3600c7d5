"""Tests whether scores are probabilities, on seeds that had no part in any choice.

    calibration.py FILE:SCORES...

FILE and SCORES are those of measure.py. The ten bins are equal parts of the range of scores. Exits with 1
unless both hold in the nine bins above 0.1:

- Seed by seed, no more intervals of the share of frauds (95 %) miss the mean score of their bin than chance
  lets: one in 20 does for scores that are probabilities, and as many as found with 1 % or more (binomial).
- Of all seeds together, no interval misses it, of those that hold in all nine bins at once with 95 %.
"""

import sys

import numpy as np
from measure import AT_ONCE, bins_of, print_bins, read, wilson
from scipy.stats import binom

CONFIDENCE = 0.95
CHANCE = 0.01


def misses(fraud: np.ndarray, scores: np.ndarray, confidence: float) -> list[int]:
    """Of each bin above 0.1: 1 if the interval lies below the mean score, -1 if above, 0 if around it."""
    found = []
    for count, mean, share in bins_of(fraud, scores)[1:]:
        low, high = wilson(share, count, confidence) if count else (mean, mean)
        found.append(int(mean > high) - int(mean < low))
    return found


def main(held_out: list[str]) -> int:
    measured = []
    for each in held_out:
        file, score_file = each.split(":")
        fraud = np.array([row["is_fraud"] for row in read(file)], dtype=int)
        measured.append((fraud, np.loadtxt(score_file)))
    by_seed = np.array([misses(*each, CONFIDENCE) for each in measured])
    missed, intervals = int(np.abs(by_seed).sum()), by_seed.size
    chance = binom.sf(missed - 1, intervals, 1 - CONFIDENCE)
    print(f"{missed} of {intervals} intervals of single seeds miss their mean score.")
    print(f"Expected are {intervals * (1 - CONFIDENCE):g}.")
    print(f"As many or more by chance: {chance:.2f}.")
    for at, (above, below) in enumerate(zip((by_seed < 0).sum(0), (by_seed > 0).sum(0), strict=True), 1):
        if above + below:
            print(f"  from {at / 10}: {above} lie above it, {below} below")
    together = [np.concatenate([each[at] for each in measured]) for at in range(2)]
    print(f"\nAll {len(measured)} seeds together, {len(together[0])} transactions:\n")
    print_bins(*together)
    outside = np.count_nonzero(misses(*together, AT_ONCE))
    print(f"\n{outside} of 9 intervals miss their mean score.")
    return int(chance < CHANCE or outside > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
