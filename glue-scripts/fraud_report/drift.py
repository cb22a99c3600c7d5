"""How far counts lie from those of a reference. The same figures as lambdas/fraud/measure-drift/."""

import numpy as np
from scipy.spatial.distance import jensenshannon


HOUR_S = 3_600
# Features that repeat with the calendar, and their period.
CYCLES_S = {"hour_of_day": 24 * HOUR_S, "day_of_week": 7 * 24 * HOUR_S}


def describe_drift(reference: dict, current: dict, span_s: float) -> dict:
    """Each feature of both, in the order of the reference, and all of them together.

    `span_s` is the time that the current rows cover. A feature whose cycle is longer always differs, and does
    not count in the drift of all.
    The score goes from 0 (no change) to 1 (nothing in common): the Jensen-Shannon distance to the base 2.
    """
    features = {
        name: {
            **feature_drift(described, current[name]),
            "coversCycle": CYCLES_S.get(name, 0) <= span_s,
        }
        for name, described in reference.items()
        if name in current
    }
    scores = [
        each["score"] for each in features.values() if each["coversCycle"] and each["score"] is not None
    ]
    overall = float(np.sqrt(np.mean(np.square(scores)))) if scores else None
    return {"overall": overall, "features": features}


def feature_drift(reference: dict, current: dict) -> dict:
    """`current` is counted in the bins of `reference`. Missing values are one more bin."""
    p, q = (np.array([*each["counts"], each["missing"]], dtype=float) for each in (reference, current))
    missing = [each["missing"] / each["total"] if each["total"] else None for each in (reference, current)]
    if not (p.sum() > 0 and q.sum() > 0):
        return {"score": None, "psi": None, "missing": missing}
    is_used = (p > 0) | (q > 0)
    p, q = p[is_used] / p.sum(), q[is_used] / q.sum()
    # Rounding can make the distance of equal distributions no number.
    score = float(np.nan_to_num(jensenshannon(p, q, base=2)))
    return {"score": min(1.0, score), "psi": stability_index(p, q), "missing": missing}


def stability_index(p: np.ndarray, q: np.ndarray) -> float:
    """The population stability index. Empty bins are filled as Evidently fills them."""
    p, q = (filled(each) for each in (p, q))
    return float(((p - q) * np.log(p / q)).sum())


def filled(shares: np.ndarray) -> np.ndarray:
    least = shares[shares > 0].min()
    return np.where(shares == 0, least / 1e6 if least <= 0.0001 else 0.0001, shares)
