"""Makes samples of gauges meet what no schema can say: each id is there once, and times have passed."""

import itertools
import re

import schemathesis

# Older than any other sample, so that no gauge which tests look at changes.
LONG_AGO = "1970-01-01T00:00:00Z"
TIME = re.compile(r"\d{4}-\d\d-\d\dT")
numbers = itertools.count()


@schemathesis.hook
def before_call(_context, case, _kwargs):
    samples = case.body.get("updates") if isinstance(case.body, dict) else None
    seen = set()
    for sample in samples if isinstance(samples, list) else ():
        if not isinstance(sample, dict):
            continue
        if isinstance(sample.get("observedAt"), str) and TIME.match(sample["observedAt"]):
            sample["observedAt"] = LONG_AGO
        if isinstance(sample.get("id"), str):
            if sample["id"] in seen:
                sample["id"] = f"another-{next(numbers)}"
            seen.add(sample["id"])
