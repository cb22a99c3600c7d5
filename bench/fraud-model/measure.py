"""Compares a model with scikit-learn's HistGradientBoosting, on seeds that neither has seen.

    measure.py --train FILE... --held-out FILE:SCORES...

Each FILE is a training.jsonl; SCORES has the model's score of each of its rows, one a line (`npm run models -- score`).
HistGradientBoosting learns from the oldest rows of the training files, as many as the model learnt from.
Intervals hold 95 % of 200 bootstrap samples. Each draws blocks of 50 neighbouring rows, since the rows of one
fraud are related.
"""

import argparse
import json

import numpy as np
from scipy.stats import norm
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import average_precision_score, log_loss, roc_auc_score

CATEGORIES = ("merchant_category", "country", "channel", "currency")
BOOTSTRAPS = 200
BLOCK = 50
BINS = 10
PRECISION = 0.9
# Bonferroni: with this confidence of each, the intervals of all bins above 0.1 hold together with 95 %.
AT_ONCE = 1 - 0.05 / (BINS - 1)


def read(file: str) -> list[dict]:
    with open(file) as lines:
        return [json.loads(line) for line in lines]


def matrix(rows: list[dict], names: list[str], codes: dict[str, dict[str, int]]) -> np.ndarray:
    def value(row: dict, name: str) -> float:
        found = row["features"][name]
        if name in codes:
            return codes[name].get(found, len(codes[name]))
        return np.nan if found is None else found

    return np.array([[value(row, name) for name in names] for row in rows], dtype=float)


def recall_at(fraud: np.ndarray, scores: np.ndarray) -> float:
    order = np.argsort(-scores, kind="stable")
    found = fraud[order].cumsum()
    precise = found / np.arange(1, len(order) + 1) >= PRECISION
    return found[precise].max() / fraud.sum() if precise.any() else 0.0


def bins_of(fraud: np.ndarray, scores: np.ndarray) -> list[tuple[int, float, float]]:
    """Rows, mean score and share of frauds of each tenth of the range of scores."""
    at = np.minimum((scores * BINS).astype(int), BINS - 1)
    chosen = [at == each for each in range(BINS)]
    return [(int(c.sum()), scores[c].mean(), fraud[c].mean()) if c.any() else (0, 0, 0) for c in chosen]


def calibration_error(fraud: np.ndarray, scores: np.ndarray) -> float:
    return sum(rows * abs(mean - share) for rows, mean, share in bins_of(fraud, scores)) / len(fraud)


FIGURES = {
    "average precision": average_precision_score,
    "recall at precision 0.9": recall_at,
    "AUC": roc_auc_score,
    "log loss": lambda fraud, scores: log_loss(fraud, np.clip(scores, 1e-12, 1 - 1e-12)),
    "expected calibration error": calibration_error,
    "mean score": lambda _, scores: scores.mean(),
}


def interval(figure, fraud: np.ndarray, scores: np.ndarray) -> tuple[float, float]:
    dice = np.random.default_rng(1)
    blocks = np.array_split(np.arange(len(fraud)), len(fraud) // BLOCK)
    drawn = []
    for _ in range(BOOTSTRAPS):
        rows = np.concatenate([blocks[each] for each in dice.integers(0, len(blocks), len(blocks))])
        drawn.append(figure(fraud[rows], scores[rows]))
    return tuple(np.quantile(drawn, [0.025, 0.975]))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--train", nargs="+", required=True)
    parser.add_argument("--held-out", nargs="+", required=True)
    parser.add_argument("--train-share", type=float, default=0.85)
    options = parser.parse_args()

    train = sorted((row for file in options.train for row in read(file)), key=lambda r: r["transaction_time"])
    train = train[: int(len(train) * options.train_share)]
    names = list(train[0]["features"])
    codes = {
        name: {text: at for at, text in enumerate(sorted({row["features"][name] for row in train}))}
        for name in CATEGORIES
    }
    outside = HistGradientBoostingClassifier(
        max_iter=200, random_state=0, categorical_features=[names.index(name) for name in CATEGORIES]
    ).fit(matrix(train, names, codes), [row["is_fraud"] for row in train])
    measured = []
    for held_out in options.held_out:
        file, score_file = held_out.split(":")
        rows = read(file)
        fraud = np.array([row["is_fraud"] for row in rows], dtype=int)
        ours = np.loadtxt(score_file)
        measured.append((fraud, ours))
        theirs = outside.predict_proba(matrix(rows, names, codes))[:, 1]
        print(f"\n{file}: {len(rows)} transactions, {fraud.sum()} frauds ({fraud.mean():.4f})\n")
        print("| figure | this model | HistGradientBoosting |\n| --- | --- | --- |")
        for name, figure in FIGURES.items():
            cells = [
                f"{figure(fraud, each):.4f} ({low:.4f} to {high:.4f})"
                for each in (ours, theirs)
                for low, high in [interval(figure, fraud, each)]
            ]
            print(f"| {name} | {cells[0]} | {cells[1]} |", flush=True)
    pooled = [np.concatenate([np.asarray(each[at]) for each in measured]) for at in range(2)]
    print("\nAll together, with intervals that hold in all nine bins above 0.1 at once with 95 %:\n")
    print_bins(*pooled)


def print_bins(fraud: np.ndarray, scores: np.ndarray) -> None:
    print("| scores | rows | mean score | share of frauds |\n| --- | --- | --- | --- |")
    for at, (count, mean, share) in enumerate(bins_of(fraud, scores)):
        if count:
            low, high = wilson(share, count, AT_ONCE)
            span, seen = f"{at / BINS} to {(at + 1) / BINS}", f"{share:.3f} ({low:.3f} to {high:.3f})"
            print(f"| {span} | {count} | {mean:.3f} | {seen} |")


def wilson(share: float, count: int, confidence: float) -> tuple[float, float]:
    z = norm.ppf((1 + confidence) / 2)
    middle = (share + z * z / 2 / count) / (1 + z * z / count)
    half = z * np.sqrt(share * (1 - share) / count + z * z / 4 / count**2) / (1 + z * z / count)
    return middle - half, middle + half


if __name__ == "__main__":
    main()
