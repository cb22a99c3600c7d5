"""Makes scores.json: what scikit-learn says of random scores. Run once, by hand, with what requirements.txt names."""

import json
import random
from pathlib import Path

import sklearn
from sklearn.metrics import average_precision_score, log_loss, precision_recall_curve

CASES = 60


def case(number: int) -> dict:
    """Random labels, scores of which some are equal, and weights; at least one row is a fraud, and one is not."""
    chance = random.Random(number)
    size = chance.randint(2, 80)
    steps = chance.choice((3, 10, 1000))
    fraud = [True, False, *(chance.random() < 0.3 for _ in range(size - 2))]
    score = [round((chance.random() + each) / 2 * steps) / steps for each in fraud]
    score = [min(max(each, 0.001), 0.999) for each in score]
    weight = [chance.choice((1, 1, 2.5)) for _ in fraud]
    precision, recall, _ = precision_recall_curve(fraud, score, sample_weight=weight)
    precise = [r for p, r in zip(precision, recall, strict=True) if p >= 0.9]
    return {
        "fraud": fraud,
        "score": score,
        "weight": weight,
        "averagePrecision": average_precision_score(fraud, score, sample_weight=weight),
        "recallAtPrecision": max(precise),
        "logLoss": log_loss(fraud, score, sample_weight=weight),
    }


cases = ",\n".join(json.dumps(case(number)) for number in range(CASES))
text = f'{{"scikit-learn": "{sklearn.__version__}", "cases": [\n{cases}\n]}}\n'
Path(__file__).with_name("scores.json").write_text(text)
