"""Makes figures.json: what scikit-learn says of random predictions. Run once, by hand, with what requirements.txt names."""

import json
import random
from pathlib import Path

import sklearn
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, precision_score, recall_score

CASES = 250


def case(number: int) -> dict:
    """Random labels and predictions; every tenth case has no fraud, or none foretold, or both, or nothing else."""
    chance = random.Random(number)
    size = chance.randint(1, 60)
    shares = (chance.random() ** 2, chance.random() ** 2)
    if number % 10 == 0:
        shares = tuple(chance.choice((0, 0, 1)) for _ in shares)
    truth, said = ([int(chance.random() < share) for _ in range(size)] for share in shares)
    true_negatives, false_positives, false_negatives, true_positives = confusion_matrix(
        truth, said, labels=[0, 1]
    ).ravel()
    return {
        "truth": "".join(map(str, truth)),
        "said": "".join(map(str, said)),
        "confusion": {
            "truePositives": int(true_positives),
            "falsePositives": int(false_positives),
            "trueNegatives": int(true_negatives),
            "falseNegatives": int(false_negatives),
        },
        "figures": {
            "precision": precision_score(truth, said, zero_division=0),
            "recall": recall_score(truth, said, zero_division=0),
            "accuracy": accuracy_score(truth, said),
            "f1": f1_score(truth, said, zero_division=0),
        },
    }


made = {"scikit-learn": sklearn.__version__, "cases": [case(number) for number in range(CASES)]}
lines = [json.dumps(each) for each in made["cases"]]
Path(__file__).with_name("figures.json").write_text(
    f'{{"scikit-learn": "{made["scikit-learn"]}", "cases": [\n' + ",\n".join(lines) + "\n]}\n"
)
