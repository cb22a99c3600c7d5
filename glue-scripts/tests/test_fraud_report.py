"""The figures of the report, against scikit-learn, SciPy and Evidently; and the page that shows them."""

import json
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from fraud_report import charts
from fraud_report.drift import describe_drift, feature_drift
from fraud_report.figures import (
    Scored,
    calibration_bins,
    describe,
    figures,
    figures_with_intervals,
    precision_recall_curve,
    wilson,
)
from fraud_report.html import document, h
from fraud_report.page import FIGURE_NAMES, render

GOLDEN = Path(__file__).resolve().parents[2] / "test/golden"


def scored(scores, frauds, weights=None) -> Scored:
    weight = np.ones(len(scores)) if weights is None else np.array(weights, dtype=float)
    return Scored(np.array(scores, dtype=float), np.array(frauds, dtype=bool), weight)


def values(rows: Scored) -> dict:
    return figures(rows, rows.weight, np.argsort(-rows.scores, kind="stable"))


def test_figures_of_weighted_rows_with_equal_scores_are_those_of_scikit_learn():
    cases = json.loads((GOLDEN / "figures/scores.json").read_text())["cases"]
    assert len(cases) == 60
    for case in cases:
        found = values(scored(case["score"], case["fraud"], case["weight"]))
        for name in ("averagePrecision", "recallAtPrecision", "logLoss"):
            assert found[name] == pytest.approx(case[name], abs=1e-12), name


def test_rows_of_weight_two_are_as_those_rows_twice():
    dice = np.random.default_rng(3)
    scores, frauds = dice.random(50), dice.random(50) < 0.4
    twice = values(scored(np.repeat(scores, 2), np.repeat(frauds, 2)))
    assert values(scored(scores, frauds, np.full(50, 2))) == pytest.approx(twice)


def test_the_calibration_error_is_the_mean_distance_of_the_bins():
    # Two bins: 0.15 against 1/2 in two rows, and 0.9 against 1 in one.
    assert values(scored([0.1, 0.2 - 1e-9, 0.9], [True, False, True]))["calibrationError"] == pytest.approx(
        (2 * abs(0.15 - 0.5) + abs(0.9 - 1)) / 3, abs=1e-6
    )


def test_an_interval_holds_the_true_value_about_as_often_as_it_says():
    """The log loss of scores that are true probabilities has a known mean: the mean entropy."""
    held = 0
    for seed in range(20):
        dice = np.random.default_rng(seed)
        scores = dice.beta(1, 4, 400)
        _, (low, high) = figures_with_intervals(scored(scores, dice.random(400) < scores))["logLoss"]
        entropy = -(scores * np.log(scores) + (1 - scores) * np.log(1 - scores)).mean()
        held += low <= entropy <= high
    assert 16 <= held <= 20


def test_a_part_without_frauds_has_no_precision_and_recall_but_a_log_loss():
    described = describe(scored([0.1, 0.2], [False, False]))
    assert described["figures"]["averagePrecision"] == [None, None]
    assert described["figures"]["logLoss"][0] == pytest.approx(-np.log([0.9, 0.8]).mean())
    assert (described["rows"], described["frauds"], described["precisionRecall"]) == (2, 0, [])


def test_a_part_without_rows_has_no_figures():
    assert set(values(scored([], [])).values()) == {None}
    assert describe(scored([], []))["calibration"][0]["rows"] == 0


def test_points_of_the_curve_are_thresholds_with_their_recall_and_precision():
    dice = np.random.default_rng(1)
    scores = dice.random(5_000)
    frauds = dice.random(5_000) < scores**3
    curve = precision_recall_curve(scored(scores, frauds))
    assert 190 <= len(curve) <= 201 and curve[-1][1] > 0.99
    for threshold, recall, precision in curve[::20]:
        flagged = scores >= threshold
        assert recall == pytest.approx((flagged & frauds).sum() / frauds.sum())
        assert precision == pytest.approx((flagged & frauds).sum() / flagged.sum())
    assert [recall for _, recall, _ in curve] == sorted(recall for _, recall, _ in curve)


def test_each_row_is_in_one_bin_of_calibration_and_weights_widen_the_interval():
    scores = [0.0, 0.05, 0.1, 0.95, 1.0]
    bins = calibration_bins(scored(scores, [False, False, True, True, True]))
    assert [each["rows"] for each in bins] == [2, 1, 0, 0, 0, 0, 0, 0, 0, 2]
    assert (bins[9]["meanScore"], bins[9]["share"]) == (0.975, 1.0)
    equal = calibration_bins(scored([0.5] * 10, [True, False] * 5))[5]["interval"]
    uneven = calibration_bins(scored([0.5] * 10, [True, False] * 5, [9, 9] + [1] * 8))[5]["interval"]
    assert uneven[0] < equal[0] and uneven[1] > equal[1]


def test_wilsons_interval_is_as_published():
    # Newcombe 1998, table I: 81 of 263, and 0 of 20.
    assert wilson(81 / 263, 263) == pytest.approx([0.2553, 0.3662], abs=5e-5)
    assert wilson(0, 20) == pytest.approx([0, 0.1611], abs=5e-5)


def counted(case: dict, side: str) -> dict:
    values, starts = case[side], case.get("edges", case.get("categories"))
    known = [value for value in values if value is not None]
    if case["kind"] == "number":
        bins = np.searchsorted(starts, known, side="right")
    else:
        bins = [starts.index(value) if value in starts else len(starts) for value in known]
    counts = np.bincount(np.array(bins, dtype=int), minlength=len(starts) + 1).tolist()
    return {"counts": counts, "missing": len(values) - len(known), "total": len(values)}


def test_the_drift_of_counts_is_that_of_scipy_and_evidently():
    cases = json.loads((GOLDEN / "drift/cases.json").read_text())["features"]
    for case in cases:
        found = feature_drift(counted(case, "reference"), counted(case, "current"))
        expected = case["binned"]
        assert found["psi"] == pytest.approx(expected["psi"], rel=1e-9, abs=1e-9)
        # To the base 2 instead of e.
        score = expected["jensenShannon"] / np.sqrt(np.log(2))
        assert found["score"] == pytest.approx(min(1, score), abs=1e-9)
    assert len(cases) > 100


def test_a_feature_whose_cycle_is_longer_than_the_rows_does_not_count_in_all_together():
    week = {"day_of_week": {"counts": [5, 5], "missing": 0, "total": 10}}
    amount = {"amount_log": {"counts": [5, 5], "missing": 0, "total": 10}}
    now = {"day_of_week": {"counts": [10, 0], "missing": 0, "total": 10}, **amount}
    days = 24 * 3_600
    part = describe_drift({**week, **amount}, now, 6 * days)
    assert part["overall"] == 0 and part["features"]["day_of_week"]["score"] > 0.3
    assert describe_drift({**week, **amount}, now, 7 * days)["overall"] > 0.2


def test_text_and_attributes_are_escaped():
    found = document(h("p", "a<b & c", h("b", "</p>"), "\"'", title='x"><script>'))
    assert found == (
        '<!doctype html>\n<p title="x&quot;&gt;<script&gt;">a&lt;b &amp; c<b>&lt;/p&gt;</b>"\'</p>\n'
    )


def test_a_bar_of_one_row_can_be_seen_and_ticks_are_short():
    drawn = document(
        charts.log_bars("l", "x", "y", [("Frauds", "third", [1, 0]), ("Others", "second", [0, 250_000])])
    )
    assert "Others, 0.50 to 1.00: 250,000" in drawn
    assert [text for text in ("100k", "1M") if f">{text}</text>" in drawn] == ["100k", "1M"]
    heights = [float(each.split('"')[0]) for each in drawn.split(' height="')[1:]]
    assert heights[1] == 0 and heights[0] > 20


class Page(HTMLParser):
    """The cells of each table row, by the row's name, and all tags with their attributes."""

    def __init__(self, text: str):
        super().__init__()
        self.tags, self.rows, self._cells = [], {}, None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag == "tr":
            self._cells = []
        elif tag in ("th", "td") and self._cells is not None:
            self._cells.append("")

    def handle_data(self, data):
        if self._cells:
            self._cells[-1] += data

    def handle_endtag(self, tag):
        if tag == "tr":
            self.rows.setdefault(self._cells[0].replace("\u200b", ""), self._cells[1:])
            self._cells = None


HOSTILE = "<script>alert('x')</script>&\"'"


def small_report(name: str = HOSTILE, before: bool = True) -> tuple[dict, dict]:
    dice = np.random.default_rng(5)
    scores = dice.beta(0.3, 2, 400)
    part = describe(scored(scores, dice.random(400) < scores))
    drift = {
        "version": name,
        **describe_drift(
            *({name: {"counts": counts, "missing": 0, "total": 9}} for counts in ([4, 5], [9, 0])), 1
        ),
    }
    model = {
        "version": name,
        "trainedAt": "2024-02-01T00:00:00Z",
        "threshold": 0.25,
        "metrics": {
            "statedPrecision": 0.9,
            **{
                each: {
                    **{"truePositives": 1_234, "falsePositives": 2, "falseNegatives": 3, "trueNegatives": 4},
                    **{"precision": None, "recall": 0.5, "f1": 0.25, "accuracy": 0.125},
                }
                for each in ("test", "training")
            },
        },
    }
    report = {
        "version": name,
        "test": part,
        "training": part,
        "importances": {name: {"gain": 1.0, "splits": 12}},
        "drift": {"test": drift, "before": drift if before else None},
        "provenance": {"facts": {name: name}, "command": name},
    }
    return model, report


def test_the_page_shows_the_values_of_the_report():
    model, report = small_report("some_feature")
    page = Page(render(model, report))
    for key, name in FIGURE_NAMES.items():
        value, (low, high) = report["test"]["figures"][key]
        assert page.rows[name] == [f"{value:.4f} ({low:.4f} to {high:.4f})"] * 2
    assert page.rows["Precision"] == ["–", "–"] and page.rows["Frauds flagged"] == ["1,234", "1,234"]
    bins = [each for each in report["test"]["calibration"] if each["rows"]]
    assert len(bins) > 5
    for each in bins:
        low, high = each["interval"]
        cells = [
            f"{each['rows']}",
            f"{each['meanScore']:.3f}",
            f"{each['share']:.3f} ({low:.3f} to {high:.3f})",
        ]
        assert page.rows[f"{each['from']:.1f} to {each['to']:.1f}"] == cells
    assert page.rows["some_feature"] == ["", "100.0 %", "12"]
    drift = report["drift"]["test"]
    assert page.rows["All together"] == [f"{drift['overall']:.3f}"] * 2


def test_the_shipped_page_is_what_this_code_makes_of_the_shipped_model():
    files = Path(__file__).resolve().parents[2] / "lambdas/fraud/score-transaction/shipped-model"
    model, report = (json.loads((files / name).read_text("utf-8")) for name in ("model.json", "report.json"))
    assert report["version"] == model["version"]
    assert render(model, report) == (files / "report.html").read_text("utf-8"), (
        "make it again: sh bench/fraud-model/repeat.sh"
    )


def test_a_first_model_has_no_drift_from_the_model_before():
    text = render(*small_report("v", before=False))
    assert "There is no model before" in text
    assert len(Page(text).rows["All together"]) == 1


def test_no_text_of_the_model_becomes_markup_and_the_page_loads_nothing():
    text = render(*small_report())
    page = Page(text)
    assert "<script" not in text and HOSTILE not in text
    assert {
        tag for tag, _ in page.tags if tag in ("script", "link", "img", "iframe", "object", "base")
    } == set()
    assert [
        name for _, attributes in page.tags for name in attributes if name in ("src", "href", "style")
    ] == []
    assert "url(" not in text and "@import" not in text
