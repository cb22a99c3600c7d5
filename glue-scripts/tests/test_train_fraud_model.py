"""The steps of the training script, each on a few rows."""

import random

import pytest
from conftest import labelled
from pyspark.sql.types import BooleanType, DoubleType, StructField, StructType
from train_fraud_model import (
    CATEGORIES,
    FEATURES,
    LABELLED,
    NUMBERS,
    CannotTrain,
    bin_edges,
    choose_threshold,
    describe_features,
    describe_reference,
    encode,
    flat,
    golden_choice,
    hash_rows,
    measure,
    split_by_time,
)

pytestmark = pytest.mark.usefixtures("interpreted")
SCORED = StructType([StructField("score", DoubleType()), StructField("is_fraud", BooleanType())])


@pytest.fixture
def rows_of(frame_of):
    return lambda rows: frame_of(rows, LABELLED).select(
        "transaction_id", "transaction_time", "features.*", "is_fraud"
    )


def test_rows_are_split_into_the_oldest_the_next_and_the_newest(rows_of):
    shuffled = random.Random(1).sample(range(200), 200)
    parts = split_by_time(rows_of([labelled(at) for at in shuffled]), 0.7, 0.15)
    ids = [sorted(row["transaction_id"] for row in part.collect()) for part in parts]
    assert [len(each) for each in ids] == [139, 30, 31]
    assert sorted(sum(ids, [])) == sum(ids, []) == [f"t-{at:06}" for at in range(200)]


def test_a_missing_number_is_the_median_and_a_rare_category_counts_as_never_seen(rows_of):
    rows = [labelled(at, amount_vs_mean=float(at) if at < 9 else None) for at in range(20)]
    rows += [labelled(20 + at, country="FR", seconds_since_last=None) for at in range(4)] + [
        labelled(24, country="US")
    ]
    frame = rows_of(rows)
    features = describe_features(frame, min_category_rows=4)
    by_name = {feature["name"]: feature for feature in features}
    assert [feature["name"] for feature in features] == list(FEATURES)
    assert by_name["amount_vs_mean"] == {"name": "amount_vs_mean", "kind": "number", "impute": 1.0}
    assert by_name["country"] == {
        "name": "country",
        "kind": "category",
        "impute": None,
        "categories": ["DE", "FR"],
    }

    place = FEATURES.index("country")
    encoded = encode(frame, features).orderBy("transaction_id").collect()
    assert [row["vector"][place] for row in encoded] == [0.0] * 20 + [1.0] * 4 + [2.0]
    assert encoded[10]["vector"][FEATURES.index("amount_vs_mean")] == 1.0
    assert encoded[21]["vector"][FEATURES.index("seconds_since_last")] == 1.0


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


@pytest.mark.parametrize(("precision", "threshold"), [(1.0, 0.8), (0.8, 0.5), (0.75, 0.5), (0.6, 0.2)])
def test_the_threshold_has_the_highest_recall_with_the_stated_precision(frame_of, precision, threshold):
    scored = frame_of([{"score": score, "is_fraud": fraud} for score, fraud in SCORES], SCORED)
    assert choose_threshold(scored, precision) == threshold
    assert measure(scored, threshold)["precision"] >= precision


def test_a_precision_that_no_threshold_reaches_is_an_error_that_names_the_best(frame_of):
    scored = frame_of([{"score": score, "is_fraud": not fraud} for score, fraud in SCORES], SCORED)
    with pytest.raises(CannotTrain, match="precision of 0.9 on the validation part; the best is 0.429"):
        choose_threshold(scored, 0.9)


def test_the_metrics_follow_from_the_confusion_counts(frame_of):
    scored = frame_of([{"score": score, "is_fraud": fraud} for score, fraud in SCORES], SCORED)
    assert measure(scored, 0.6) == {
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
    assert measure(scored, 0.95)["precision"] is None


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
    features = describe_features(frame, min_category_rows=5)
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


class Node:
    """A tree node with the methods of Spark's nodes."""

    def __init__(self, value, split=None, left=None, right=None):
        self.prediction, self.split = lambda: value, lambda: split
        self.leftChild, self.rightChild = lambda: left, lambda: right
        self.getClass = lambda: Named("InternalNode" if split else "LeafNode")


class Named:
    def __init__(self, name):
        self.getSimpleName = lambda: name


class Split:
    def __init__(self, name, feature, threshold=None, left=()):
        self.getClass = lambda: Named(name)
        self.featureIndex, self.threshold = lambda: feature, lambda: threshold
        self.leftCategories = lambda: left


def test_a_tree_becomes_arrays_with_children_after_their_parent():
    inner = Node(0.5, Split("CategoricalSplit", 3, left=(2.0, 0.0)), Node(0.25), Node(0.75))
    assert flat(Node(0.1, Split("ContinuousSplit", 0, 4.5), inner, Node(-1.0))) == {
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
