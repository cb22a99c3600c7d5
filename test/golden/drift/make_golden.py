"""Writes cases.json: samples, and what SciPy and Evidently say of them. Run by hand, never by the tests.

    python3 -m venv golden-venv && golden-venv/bin/pip install -r requirements.txt && PYTHONHASHSEED=0 golden-venv/bin/python make_golden.py
"""

import json
import math
import random
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from evidently.legacy.calculations.stattests.jensenshannon import _jensenshannon
from evidently.legacy.calculations.stattests.psi import _psi
from evidently.legacy.calculations.stattests.wasserstein_distance_norm import _wasserstein_distance_norm
from evidently.legacy.core import ColumnType
from scipy.spatial.distance import jensenshannon
from scipy.stats import wasserstein_distance

warnings.filterwarnings("ignore")
rng = random.Random(20260301)

SIZES = [1, 2, 5, 20, 21, 30, 60, 64, 100, 128]
MISSING = "(missing)"
UNSEEN = "(unseen)"


def rounded(value):
    return float(f"{value:.4g}")


def numbers(size, missing_rate):
    """A sample of some shape and place: smooth, skewed, in steps, constant, of two values, with outliers."""
    shape = rng.choice(["normal", "lognormal", "uniform", "steps", "constant", "binary", "outliers", "negative"])
    shift, scale = rng.choice([0, 0, 0.3, 5, -2]), rng.choice([1, 1, 0.1, 50])
    draw = {
        "normal": lambda: rng.gauss(shift, scale),
        "lognormal": lambda: math.exp(rng.gauss(shift, 1)),
        "uniform": lambda: rng.uniform(shift, shift + scale),
        "steps": lambda: rng.randint(0, 30),
        "constant": lambda: shift,
        "binary": lambda: rng.random() < 0.2 + abs(shift) / 10,
        "outliers": lambda: rng.gauss(0, 1) if rng.random() < 0.95 else rng.gauss(0, 1e6),
        "negative": lambda: -abs(rng.gauss(shift, scale)),
    }[shape]
    return [None if rng.random() < missing_rate else rounded(draw()) for _ in range(size)]


def categories(size, missing_rate):
    names = rng.sample(["groceries", "travel", "fuel", "cash", "gambling", "KR", "US", "DE", "음식", ""], rng.randint(1, 9))
    weights = [rng.random() ** 3 for _ in names]
    return [None if rng.random() < missing_rate else rng.choices(names, weights)[0] for _ in range(size)]


def edges_of(values):
    """Distinct quantiles of the reference, and what is just above it; sometimes few or none of them."""
    present = sorted({v for v in values if v is not None})
    wanted = rng.choice([0, 1, 4, 10, 20])
    above = [math.nextafter(present[-1], math.inf)] if rng.random() < 0.8 else []
    return sorted({present[len(present) * i // wanted] for i in range(wanted)} | set(above))


def floored(value, edges):
    return max([e for e in edges if e <= value], default=min(edges, default=0.0))


def figures(reference, current, kind, with_wasserstein):
    psi = float(_psi(reference, current, kind, 0.1)[0])
    js = float(_jensenshannon(reference, current, kind, 0.1)[0])
    js = 0.0 if math.isnan(js) else js  # the root of less than nothing, in the last digit
    wasserstein = float(_wasserstein_distance_norm(reference, current, kind, 0.1)[0]) if with_wasserstein else None
    return {"psi": psi, "jensenShannon": js, "wasserstein": wasserstein}


def number_case():
    size = lambda: rng.choice(SIZES)  # noqa: E731
    missing = rng.choice([0, 0, 0.2])
    reference = numbers(max(size(), size()), missing)
    current = numbers(size(), missing) if rng.random() < 0.6 else [v if v is None else rounded(v * 1.1) for v in reference]
    u = pd.Series([v for v in reference if v is not None], dtype=float)
    v = pd.Series([v for v in current if v is not None], dtype=float)
    if u.empty or v.empty:
        return number_case()
    edges = edges_of(reference)
    bin_of = lambda value: MISSING if value is None else str(sum(e <= value for e in edges))  # noqa: E731
    binned = figures(pd.Series(map(bin_of, reference)), pd.Series(map(bin_of, current)), ColumnType.Categorical, False)
    binned["wasserstein"] = float(
        _wasserstein_distance_norm(
            u.map(lambda x: floored(x, edges)), v.map(lambda x: floored(x, edges)), ColumnType.Numerical, 0.1
        )[0]
    )
    return {
        "kind": "number",
        "reference": reference,
        "current": current,
        "edges": edges,
        "samples": figures(u, v, ColumnType.Numerical, True),
        "binned": binned,
        "scipyWasserstein": float(wasserstein_distance(u, v)),
    }


def category_case():
    missing = rng.choice([0, 0, 0.3])
    reference, current = (categories(rng.choice(SIZES), missing) for _ in range(2))
    u = pd.Series([v for v in reference if v is not None], dtype=object)
    v = pd.Series([v for v in current if v is not None], dtype=object)
    if u.empty or v.empty:
        return category_case()
    known = sorted(set(u))
    bin_of = lambda value: MISSING if value is None else value if value in known else UNSEEN  # noqa: E731
    binned_u, binned_v = pd.Series(map(bin_of, reference)), pd.Series(map(bin_of, current))
    return {
        "kind": "category",
        "reference": reference,
        "current": current,
        "categories": known,
        "samples": figures(u, v, ColumnType.Categorical, False) | {"wasserstein": total_variation(u, v)},
        "binned": figures(binned_u, binned_v, ColumnType.Categorical, False)
        | {"wasserstein": total_variation(binned_u, binned_v)},
    }


def total_variation(u, v):
    keys = sorted(set(u) | set(v))
    return float(sum(abs(np.mean(u == key) - np.mean(v == key)) for key in keys) / 2)


def weighted_case():
    """SciPy's own functions on bare vectors."""
    size = rng.randint(1, 12)
    def masses():
        return [rng.choice([0, 1, rng.randint(1, 500)]) for _ in range(size - 1)] + [rng.randint(1, 9)]

    values = lambda: [rounded(rng.gauss(0, 10)) for _ in range(size)]  # noqa: E731
    p, q, u, v = masses(), masses(), values(), values()
    js = float(jensenshannon(p, q))
    return {
        "p": p,
        "q": q,
        "u": u,
        "v": v,
        "jensenShannon": 0.0 if math.isnan(js) else js,
        "wasserstein": float(wasserstein_distance(u, v, p, q)),
    }


golden = {
    "features": [number_case() for _ in range(180)] + [category_case() for _ in range(60)],
    "weighted": [weighted_case() for _ in range(60)],
}
out = Path(__file__).parent / "cases.json"
lines = {name: ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases) for name, cases in golden.items()}
out.write_text("{" + ",\n".join(f'"{name}": [\n{text}\n]' for name, text in lines.items()) + "}\n")
print({name: len(cases) for name, cases in golden.items()}, out.stat().st_size, "bytes")
