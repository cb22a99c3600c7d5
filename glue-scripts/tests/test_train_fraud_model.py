"""The steps of the training script, each on a few rows."""

import random

import numpy as np
import pytest
from conftest import labelled
from scipy.special import expit
from train_fraud_model import (
    FEATURES,
    LABELLED,
    CannotTrain,
    Matrix,
    bin_edges,
    calibrated,
    choose_threshold,
    describe_features,
    describe_reference,
    describe_scores,
    fetch,
    fit_calibration,
    flat,
    golden_choice,
    hash_rows,
    margins_out_of_fold,
    measure,
    parse_options,
    split_by_time,
)

pytestmark = pytest.mark.usefixtures("interpreted")


@pytest.fixture
def rows_of(frame_of):
    return lambda rows: frame_of(rows, LABELLED).select(
        "transaction_id", "transaction_time", "features.*", "is_fraud"
    )


def test_rows_are_split_into_the_older_and_the_newest(rows_of):
    shuffled = random.Random(1).sample(range(200), 200)
    parts = split_by_time(rows_of([labelled(at) for at in shuffled]), 0.15)
    older, newest = (sorted(row["transaction_id"] for row in part.collect()) for part in parts)
    assert (len(older), len(newest)) == (169, 31)
    assert older + newest == [f"t-{at:06}" for at in range(200)]


def test_a_missing_number_is_apart_when_it_can_be_learnt_and_a_rare_category_counts_as_never_seen(rows_of):
    rows = [labelled(at, amount_vs_mean=float(at) if at < 9 else None) for at in range(20)]
    rows += [labelled(20 + at, country="FR", seconds_since_last=None) for at in range(3)] + [
        labelled(23, country="FR"),
        labelled(24, country="US"),
    ]
    frame = rows_of(rows)
    features = describe_features(frame, min_rows=4)
    by_name = {feature["name"]: feature for feature in features}
    assert [feature["name"] for feature in features] == list(FEATURES)
    # Missing in 11 rows: one below the least. Missing in 3: the median.
    assert by_name["amount_vs_mean"] == {"name": "amount_vs_mean", "kind": "number", "impute": -1.0}
    assert by_name["seconds_since_last"]["impute"] == 1.0
    assert by_name["country"] == {
        "name": "country",
        "kind": "category",
        "impute": None,
        "categories": ["DE", "FR"],
    }

    found = fetch(frame.orderBy("transaction_id"), features, most_rows=100)
    assert found.inputs[:, FEATURES.index("country")].tolist() == [0.0] * 20 + [1.0] * 4 + [2.0]
    assert found.inputs[10, FEATURES.index("amount_vs_mean")] == -1.0
    assert found.inputs[21, FEATURES.index("seconds_since_last")] == 1.0
    assert found.weight.tolist() == [1.0] * 25


def test_of_too_many_rows_a_part_is_fetched_whose_weights_make_up_for_the_rest(rows_of):
    frame = rows_of([labelled(at, is_fraud=at % 10 == 0) for at in range(2_000)])
    features = describe_features(frame, 1)
    found = fetch(frame, features, most_rows=600)
    assert found.is_fraud.sum() == 200 and set(found.weight[found.is_fraud]) == {1.0}
    assert 550 < len(found.weight) < 650
    assert found.weight.sum() == pytest.approx(2_000, rel=0.1)


def test_a_feature_that_is_always_missing_is_0(rows_of):
    features = describe_features(rows_of([labelled(at, country_changed=None) for at in range(5)]), 1)
    assert features[FEATURES.index("country_changed")]["impute"] == 0.0


def test_a_feature_without_a_frequent_category_is_an_error_that_names_it(rows_of):
    with pytest.raises(CannotTrain, match="merchant_category: no category has 6 rows or more"):
        describe_features(rows_of([labelled(at) for at in range(5)]), 6)


# Scores and labels, in descending order of the score.
SCORES = [
    (0.9, True),
    (0.8, True),
    (0.7, False),
    (0.6, True),
    (0.5, True),
    (0.4, False),
    (0.3, False),
    (0.2, True),
]


def scored(of=SCORES):
    scores, frauds = (np.array(each) for each in zip(*of, strict=True))
    return scores, Matrix(np.empty((len(of), 0)), frauds, np.ones(len(of)))


@pytest.mark.parametrize(("precision", "threshold"), [(1.0, 0.8), (0.8, 0.5), (0.75, 0.5), (0.6, 0.2)])
def test_the_threshold_has_the_highest_recall_with_the_stated_precision(precision, threshold):
    assert choose_threshold(*scored(), precision) == threshold
    assert measure(*scored(), threshold)["precision"] >= precision


def test_a_precision_that_no_threshold_reaches_is_an_error_that_names_the_best():
    with pytest.raises(CannotTrain, match="precision of 0.9 on the training part; the best is 0.429"):
        choose_threshold(*scored([(score, not fraud) for score, fraud in SCORES]), 0.9)


def test_the_metrics_follow_from_the_confusion_counts():
    found = measure(*scored(), 0.6)
    assert found.pop("meanScore") == pytest.approx(0.55)
    assert found == {
        "rows": 8,
        "truePositives": 3,
        "falsePositives": 1,
        "falseNegatives": 2,
        "trueNegatives": 2,
        "precision": 3 / 4,
        "recall": 3 / 5,
        "accuracy": 5 / 8,
        "f1": 2 / 3,
    }
    assert measure(*scored(), 0.95)["precision"] is None


def test_the_calibration_finds_the_parameters_of_the_truth():
    dice = np.random.default_rng(1)
    margins = dice.normal(-1, 3, 400_000)
    truth = {"a": 0.7, "b": 1.3, "c": -0.4}
    frauds = dice.random(400_000) < calibrated(margins, truth)
    found = fit_calibration(margins, Matrix(margins[:, None], frauds, np.ones(400_000)))
    assert found == pytest.approx(truth, abs=0.03)


def test_a_calibration_that_would_not_grow_with_the_margin_becomes_one_slope():
    dice = np.random.default_rng(1)
    margins = dice.normal(0, 2, 20_000)
    # Above 0, frauds are fewer the higher the margin.
    frauds = dice.random(20_000) < expit(2 * np.minimum(margins, 0) - 0.2 * np.maximum(margins, 0))
    found = fit_calibration(margins, Matrix(margins[:, None], frauds, np.ones(20_000)))
    assert found["a"] == found["b"] > 0


def test_margins_that_are_lower_for_frauds_are_an_error():
    dice = np.random.default_rng(1)
    margins = dice.normal(0, 1, 1_000)
    frauds = dice.random(1_000) < expit(-margins)
    with pytest.raises(CannotTrain, match="slope -.*expected a finite one above 0"):
        fit_calibration(margins, Matrix(margins[:, None], frauds, np.ones(1_000)))


def test_scores_are_counted_in_bins_of_equal_ranks_and_by_segment():
    scores = np.arange(1_000) / 1_000
    rows = Matrix(np.arange(1_000)[:, None] % 3, scores > 0.5, np.full(1_000, 2.0))
    described = describe_scores(scores, rows, [{"name": "channel", "categories": ["pos", "online"]}])
    score, segments = described["score"], described["segments"]
    assert score["edges"] == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99], abs=0.002)
    assert sum(score["counts"]) == score["total"] == 2_000
    assert (len(score["quantiles"]), score["quantiles"][0], score["quantiles"][-1]) == (1_001, 0.0, 0.999)
    # A third of the rows is of neither channel.
    assert {name: sum(counts) for name, counts in segments["channel"].items()} == {"pos": 668, "online": 666}
    assert len(segments["channel"]["pos"]) == len(score["counts"])


def test_a_margin_out_of_fold_does_not_know_the_label_of_its_row():
    dice = np.random.default_rng(1)
    rows = Matrix(dice.random((400, 1)), dice.random(400) < 0.5, np.ones(400))
    options = parse_options(["--data", "x", "--lake", "x", "--version", "v", "--min-node-rows", "1"])
    margins = margins_out_of_fold(rows, [{"name": "amount_log", "kind": "number"}], options)
    # Labels by chance cannot be foreseen, while trees of one row per leaf know those that they have seen.
    assert 0.4 < ((margins > 0) == rows.is_fraud).mean() < 0.6


def test_the_hash_depends_on_the_rows_and_not_on_their_order(rows_of):
    rows = [labelled(at) for at in range(50)]
    same = hash_rows(rows_of(rows))
    assert hash_rows(rows_of(rows[::-1])) == same
    assert hash_rows(rows_of([*rows[:-1], labelled(49, is_fraud=True)])) != same


def test_edges_lie_at_tenths_of_the_rows_and_leave_no_bin_empty():
    tenths = [100, 200, 300, 400, 500, 600, 700, 800, 900]
    assert bin_edges([float(at) for at in range(1001)]) == [*tenths, 950, 990]
    assert bin_edges([0.0] * 940 + [1.0] * 40 + [2.0] * 21) == [1.0, 2.0]
    assert bin_edges([7.0] * 1001) == []
    assert bin_edges([]) == []


def test_the_reference_counts_each_row_once(rows_of):
    rows = [
        labelled(at, hour_of_day=float(at % 24), amount_vs_mean=None, country="FR" if at % 4 else None)
        for at in range(100)
    ]
    rows += [labelled(100, country="US")]
    frame = rows_of(rows)
    features = describe_features(frame, min_rows=5)
    reference = describe_reference(frame, features)
    assert list(reference) == list(FEATURES)
    for feature in reference.values():
        assert sum(feature["counts"]) + feature["missing"] == feature["total"] == 101
    assert reference["country"] == {
        "kind": "category",
        "categories": ["FR"],
        "counts": [75, 1],
        "missing": 25,
        "total": 101,
    }
    hours = reference["hour_of_day"]
    assert len(hours["counts"]) == len(hours["edges"]) + 1
    all_hours = [*(at % 24 for at in range(100)), 1]
    assert hours["counts"][0] == sum(1 for hour in all_hours if hour < hours["edges"][0])
    assert (hours["quantiles"][0], hours["quantiles"][-1], len(hours["quantiles"])) == (0.0, 23.0, 1001)
    assert reference["amount_vs_mean"]["quantiles"] == [1.0] * 1001
    assert reference["day_of_week"] == {
        "kind": "number",
        "edges": [],
        "counts": [101],
        "missing": 0,
        "total": 101,
        "quantiles": [1.0] * 1001,
    }


def test_a_tree_becomes_arrays_with_children_after_their_parent():
    leaves = [{"leaf_index": at, "leaf_value": value} for at, value in enumerate((0.25, 0.75, -1.0))]
    by_category = {"split_feature": 3, "decision_type": "==", "threshold": "2||0", "internal_value": 0.5}
    by_number = {"split_feature": 0, "decision_type": "<=", "threshold": 4.5, "internal_value": 0.1}
    inner = {**by_category, "left_child": leaves[0], "right_child": leaves[1]}
    assert flat({**by_number, "left_child": inner, "right_child": leaves[2]}) == {
        "feature": [0, 3, -1, -1, -1],
        "threshold": [4.5, 0.0, 0.0, 0.0, 0.0],
        "categories": [None, [0, 2], None, None, None],
        "left": [1, 2, -1, -1, -1],
        "right": [4, 3, -1, -1, -1],
        "value": [0.1, 0.5, 0.25, 0.75, -1.0],
    }


def test_half_of_the_golden_rows_are_frauds_if_there_are_enough(spark):
    rows = spark.range(100).selectExpr("cast(id as string) as transaction_id", "id < 30 as is_fraud")
    for count, frauds in ((40, 20), (80, 30)):
        chosen = golden_choice(rows, count).collect()
        assert (len(chosen), sum(row["is_fraud"] for row in chosen)) == (count, frauds)
