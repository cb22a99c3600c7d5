"""What the scores of labelled rows say of a model, with intervals. Rows are in order of time."""

from dataclasses import dataclass

import numpy as np

STATED_PRECISION = 0.9
CALIBRATION_BINS = 10
SCORE_BINS = 20
CURVE_POINTS = 200
RESAMPLES = 200
# Rows of one fraud are neighbours, and related. So samples are drawn by blocks, which gives wider intervals.
BLOCK_ROWS = 50
Z_95 = 1.959964


@dataclass
class Scored:
    scores: np.ndarray
    is_fraud: np.ndarray
    weight: np.ndarray
    """How many transactions a row stands for."""


def describe(rows: Scored) -> dict:
    """All of the report that follows from scores and labels."""
    return {
        "rows": round(float(rows.weight.sum())),
        "frauds": round(float(rows.weight[rows.is_fraud].sum())),
        "figures": figures_with_intervals(rows),
        "precisionRecall": precision_recall_curve(rows),
        "calibration": calibration_bins(rows),
        "scores": score_counts(rows),
    }


def figures_with_intervals(rows: Scored) -> dict:
    """Each figure as [value, interval], with 95 % of bootstrap samples. None where it is not defined."""
    order = np.argsort(-rows.scores, kind="stable")
    values = figures(rows, rows.weight, order)
    drawn = [figures(rows, weight, order) for weight in resampled_weights(rows.weight)]
    described = {}
    for name, value in values.items():
        known = [each[name] for each in drawn if each[name] is not None]
        described[name] = [value, np.quantile(known, [0.025, 0.975]).tolist() if known else None]
    return described


def resampled_weights(weight: np.ndarray):
    """Draws blocks of neighbouring rows with replacement. A row counts as often as its block was drawn."""
    dice = np.random.default_rng(1)
    # Few rows still give some blocks to draw from.
    size = max(1, min(BLOCK_ROWS, len(weight) // 20))
    block = np.arange(len(weight)) // size
    blocks = int(block[-1]) + 1 if len(block) else 0
    for _ in range(RESAMPLES if blocks else 0):
        drawn = np.bincount(dice.integers(0, blocks, blocks), minlength=blocks)
        yield weight * drawn[block]


def figures(rows: Scored, weight: np.ndarray, order: np.ndarray) -> dict:
    """`order` sorts the scores in descending order. A figure without the rows that it needs is None."""
    total, frauds = weight.sum(), weight[rows.is_fraud].sum()
    if total == 0:
        return dict.fromkeys(FIGURES)
    clipped = np.clip(rows.scores, 1e-12, 1 - 1e-12)
    losses = -np.log(np.where(rows.is_fraud, clipped, 1 - clipped))
    described = {
        "averagePrecision": None,
        "recallAtPrecision": None,
        "logLoss": float((weight * losses).sum() / total),
        "calibrationError": calibration_error(rows, weight),
        "meanScore": float((weight * rows.scores).sum() / total),
        "fraudShare": float(frauds / total),
    }
    if frauds > 0:
        _, recall, precision = thresholds(rows, weight, order)
        described["averagePrecision"] = float((np.diff(recall, prepend=0) * precision).sum())
        described["recallAtPrecision"] = float(recall[precision >= STATED_PRECISION].max(initial=0))
    return described


FIGURES = (
    "averagePrecision",
    "recallAtPrecision",
    "logLoss",
    "calibrationError",
    "meanScore",
    "fraudShare",
)


def thresholds(rows: Scored, weight: np.ndarray, order: np.ndarray):
    """Each distinct score as a threshold, in descending order, with its recall and precision."""
    scores = rows.scores[order]
    # Rows with one score are flagged together.
    last = np.flatnonzero(np.append(scores[1:] != scores[:-1], True))
    flagged = weight[order].cumsum()[last]
    found = (weight * rows.is_fraud)[order].cumsum()[last]
    precision = np.divide(found, flagged, out=np.zeros(len(found)), where=flagged > 0)
    return scores[last], found / found[-1], precision


def precision_recall_curve(rows: Scored) -> list[list[float]]:
    """Points of [threshold, recall, precision]: for about each half percent of recall, the best precision."""
    if not rows.weight[rows.is_fraud].sum() > 0:
        return []
    curve = thresholds(rows, rows.weight, np.argsort(-rows.scores, kind="stable"))
    _, recall, precision = curve
    step = np.minimum((recall * CURVE_POINTS).astype(int), CURVE_POINTS)
    # Within a step, the last of the sorted positions has the highest precision.
    positions = np.lexsort((precision, step))
    last = np.flatnonzero(np.append(np.diff(step[positions]) != 0, True))
    return [[float(each[at]) for each in curve] for at in positions[last]]


def bin_of(scores: np.ndarray, bins: int) -> np.ndarray:
    """The index of the equal part of 0 to 1 that holds each score."""
    return np.minimum((scores * bins).astype(int), bins - 1)


def calibration_error(rows: Scored, weight: np.ndarray) -> float:
    """The mean difference, over the rows, of mean score and share of frauds in the row's bin."""
    excess = np.bincount(bin_of(rows.scores, CALIBRATION_BINS), weight * (rows.scores - rows.is_fraud))
    return float(np.abs(excess).sum() / weight.sum())


def calibration_bins(rows: Scored) -> list[dict]:
    """Mean score and share of frauds, with Wilson's interval, in each tenth of the range of scores."""
    at = bin_of(rows.scores, CALIBRATION_BINS)
    described = []
    for number in range(CALIBRATION_BINS):
        weight, is_fraud, scores = (each[at == number] for each in (rows.weight, rows.is_fraud, rows.scores))
        total = weight.sum()
        between = {"from": number / CALIBRATION_BINS, "to": (number + 1) / CALIBRATION_BINS}
        if total == 0:
            described.append({**between, "rows": 0, "meanScore": None, "share": None, "interval": None})
            continue
        share = float(weight[is_fraud].sum() / total)
        described.append(
            {
                **between,
                "rows": round(float(total)),
                "meanScore": float((weight * scores).sum() / total),
                "share": share,
                # Rows of different weights say as much as this number of equal ones (Kish).
                "interval": wilson(share, total**2 / (weight**2).sum()),
            }
        )
    return described


def wilson(share: float, count: float) -> list[float]:
    """Wilson's interval of a share, 95 %."""
    square = Z_95**2
    middle = (share + square / 2 / count) / (1 + square / count)
    half = Z_95 * np.sqrt(share * (1 - share) / count + square / 4 / count**2) / (1 + square / count)
    return [float(max(0, middle - half)), float(min(1, middle + half))]


def score_counts(rows: Scored) -> dict:
    """Rows by score, in equal parts of the range of scores."""
    at = bin_of(rows.scores, SCORE_BINS)

    def count(chosen: np.ndarray) -> list[int]:
        return np.rint(np.bincount(at[chosen], rows.weight[chosen], SCORE_BINS)).astype(int).tolist()

    return {"frauds": count(rows.is_fraud), "others": count(~rows.is_fraud)}
