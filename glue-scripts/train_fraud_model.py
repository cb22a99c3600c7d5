"""Trains the fraud model on labelled transactions, and writes it as a file that is evaluated without Spark.

Runs on AWS Glue 5.1 (Spark 3.5) and on any Spark 3.5, with the Python module LightGBM. Spark reads the rows
and describes them; LightGBM trains on the driver. The package fraud_report, which describes the result, must
be beside it or in `--extra-py-files`.

Reads JSON lines, one labelled transaction per line (here on two lines):

    {"transaction_id": "…", "transaction_time": "2024-01-31T12:00:00Z",
     "features": {<name>: number | text | null, …}, "is_fraud": true}

score-transaction computed the features (lambdas/fraud/score-transaction/features.ts); this script computes
none. It writes

    models/fraud/<version>/model.json        trees, calibration, features, threshold, metrics; for scoring
    models/fraud/<version>/reference.json    distribution of features and scores in the training rows; for drift
    models/fraud/<version>/report.json       figures with intervals, curves, importances, drift, provenance
    models/fraud/<version>/report.html       the same as a page
    models/fraud/<version>/golden.json       with --golden: rows with the scores that LightGBM gives them
    models/fraud/current                     with --promote true: the version to use, written by one put

The same rows, arguments and model before give the same bytes (docs/adr/0013-fraud-model.md).
"""

import argparse
import json
import math
import platform
import shlex
import sys
from dataclasses import dataclass
from datetime import UTC, datetime

import lightgbm
import numpy as np
import scipy
from fraud_report.drift import describe_drift
from fraud_report.figures import Scored, describe
from fraud_report.page import render
from pyspark.sql import Column, DataFrame, Row, SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql.types import BooleanType, DoubleType, StringType, StructField, StructType, TimestampType
from scipy.special import expit

# The same names and kinds as in features.ts.
NUMBERS = (
    "amount_log",
    "hour_of_day",
    "day_of_week",
    "account_age_transactions",
    "seconds_since_last",
    "transactions_last_minute",
    "transactions_last_10_minutes",
    "transactions_last_hour",
    "transactions_last_day",
    "amount_vs_mean",
    "amount_vs_last_hour",
    "country_changed",
    "distinct_countries_last_day",
)
CATEGORIES = ("merchant_category", "country", "channel", "currency")
FEATURES = (*NUMBERS, *CATEGORIES)
# Scores are monitored for each of their values too.
SEGMENTS = ("merchant_category", "country", "channel")

LABELLED = StructType(
    [
        StructField("transaction_id", StringType()),
        StructField("transaction_time", TimestampType()),
        StructField(
            "features",
            StructType(
                [StructField(name, DoubleType()) for name in NUMBERS]
                + [StructField(name, StringType()) for name in CATEGORIES]
            ),
        ),
        StructField("is_fraud", BooleanType()),
    ]
)

LINK = "beta: log-odds = a * log(p) - b * log(1 - p) + c, with p = 1 / (1 + exp(-margin))"
# Thresholds are multiples of 1 / THRESHOLD_STEPS, so choosing one needs only the counts per step.
THRESHOLD_STEPS = 10_000
REFERENCE_BINS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
REFERENCE_QUANTILES = 1_000
# Accuracy of Spark's percentile_approx (Greenwald and Khanna): the rank is off by at most rows / accuracy.
# So it is exact for up to 100,000 rows.
QUANTILE_ACCURACY = 100_000


class CannotTrain(Exception):
    """The rows do not give a usable model. The message says why."""


def read_rows(spark: SparkSession, locations: list[str], rows_per_partition: int) -> DataFrame:
    """Reads each transaction once, in an order that does not depend on the files."""
    read = spark.read.schema(LABELLED).option("mode", "FAILFAST").json(locations)
    columns = read.select("transaction_id", "transaction_time", "features.*", "is_fraud")
    rows = columns.dropDuplicates(["transaction_id"])
    partitions = max(1, math.ceil(rows.count() / rows_per_partition))
    order = ("transaction_time", "transaction_id")
    spread = rows.repartition(1) if partitions == 1 else rows.repartitionByRange(partitions, *order)
    return spread.sortWithinPartitions(*order).cache()


def hash_rows(rows: DataFrame) -> str:
    """A hash of the rows that does not depend on their order."""
    digest = F.sum(F.xxhash64(*rows.columns).cast("decimal(38,0)")).cast("string").alias("digest")
    return f"xxhash64-sum:{rows.agg(digest).first()['digest']}"


def split_by_time(rows: DataFrame, test_share: float) -> tuple[DataFrame, DataFrame]:
    """Splits into the older rows (training) and the newest (test).

    In use, a model always scores rows that are newer than its training rows.
    """
    seconds = F.col("transaction_time").cast("double")
    cut = rows.agg(quantile(seconds, F.lit(1 - test_share)).alias("cut")).first()["cut"]
    return rows.where(seconds < cut), rows.where(seconds >= cut)


def quantile(column: str | Column, shares: Column) -> Column:
    """Quantiles that are values of the column, not interpolated.

    Spark's `percentile` would hold all values in memory, and sort them once per share.
    """
    return F.percentile_approx(column, shares, QUANTILE_ACCURACY)


def describe_features(train: DataFrame, min_rows: int) -> list[dict]:
    """Describes the features: the number that replaces a missing one, and the frequent categories.

    A number that is missing in enough rows becomes one below all others, so that trees can tell it apart. If
    it is missing in fewer, the model cannot learn what that means, and it becomes the median.
    """
    counted = train.agg(
        *(quantile(name, F.lit(0.5)).alias(f"median {name}") for name in NUMBERS),
        *(F.min(name).alias(f"least {name}") for name in NUMBERS),
        *(F.count(F.when(F.col(name).isNull(), 1)).alias(f"missing {name}") for name in NUMBERS),
    ).first()
    features = []
    for name in NUMBERS:
        median, least = counted[f"median {name}"] or 0.0, counted[f"least {name}"]
        is_learnt = least is not None and counted[f"missing {name}"] >= min_rows
        features.append({"name": name, "kind": "number", "impute": least - 1 if is_learnt else median})
    for name in CATEGORIES:
        counts = train.where(F.col(name).isNotNull()).groupBy(name).count()
        found = counts.where(F.col("count") >= min_rows).orderBy(name).collect()
        if not found:
            raise CannotTrain(f"{name}: no category has {min_rows} rows or more")
        categories = [row[name] for row in found]
        features.append({"name": name, "kind": "category", "impute": None, "categories": categories})
    return features


@dataclass
class Matrix:
    """Rows on the driver."""

    inputs: np.ndarray
    """One column per feature, encoded."""
    is_fraud: np.ndarray
    weight: np.ndarray
    """How many transactions the row stands for."""


def fetch(rows: DataFrame, features: list[dict], most_rows: int) -> Matrix:
    """Fetches the rows in their order. A category is encoded as its index among the categories.

    Beyond `most_rows`, fetches a part of them, and rather of the legitimate ones. Weights make up for it.
    """
    counts = {row["is_fraud"]: row["count"] for row in rows.groupBy("is_fraud").count().collect()}
    frauds, others = counts.get(True, 0), counts.get(False, 0)
    fraud_share = min(1.0, most_rows / 2 / max(frauds, 1))
    other_share = min(1.0, (most_rows - fraud_share * frauds) / max(others, 1))
    share = F.when(F.col("is_fraud"), fraud_share).otherwise(other_share)
    drawn = F.pmod(F.xxhash64("transaction_id", F.lit("sample")), F.lit(1_000_000)) / 1_000_000
    inputs = F.array(*(encoded(feature) for feature in features))
    chosen = rows.where(drawn < share).select(inputs.alias("inputs"), "is_fraud", (1 / share).alias("weight"))
    fetched = chosen.collect()
    return Matrix(
        np.array([row["inputs"] for row in fetched], dtype=float).reshape(len(fetched), len(features)),
        np.array([row["is_fraud"] for row in fetched], dtype=bool),
        np.array([row["weight"] for row in fetched], dtype=float),
    )


def encoded(feature: dict) -> Column:
    """A feature as a number. A category that is rare, missing or new has the index after the last one."""
    column = F.col(feature["name"])
    if feature["kind"] == "number":
        return F.coalesce(column, F.lit(feature["impute"])).cast("double")
    categories = feature["categories"]
    numbers = F.create_map(
        *(F.lit(each) for pair in zip(categories, range(len(categories)), strict=True) for each in pair)
    )
    return F.coalesce(numbers[column], F.lit(len(categories))).cast("double")


def fit(rows: Matrix, features: list[dict], options: argparse.Namespace) -> lightgbm.Booster:
    """Trains the trees on the log loss, without weights of the classes: so scores stay near shares."""
    parameters = {
        "objective": "binary",
        "learning_rate": options.step,
        "num_leaves": options.leaves,
        "min_data_in_leaf": options.min_node_rows,
        "feature_fraction": 0.5,
        "lambda_l2": 1.0,
        "path_smooth": 1.0,
        "max_bin": 127,
        "seed": options.seed,
        # The same bytes everywhere.
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbosity": -1,
    }
    data = lightgbm.Dataset(
        rows.inputs,
        rows.is_fraud,
        weight=rows.weight,
        categorical_feature=[at for at, each in enumerate(features) if each["kind"] == "category"],
    )
    return lightgbm.train(parameters, data, num_boost_round=options.trees)


def margins_out_of_fold(rows: Matrix, features: list[dict], options: argparse.Namespace) -> np.ndarray:
    """The margin of each row by trees that were trained without it, and without the rows near it in time.

    Margins of rows that the trees were trained on are too good to calibrate with.
    """
    margins = np.empty(len(rows.is_fraud))
    for fold in np.array_split(np.arange(len(margins)), options.folds):
        others = np.delete(np.arange(len(margins)), fold)
        part = Matrix(rows.inputs[others], rows.is_fraud[others], rows.weight[others])
        margins[fold] = fit(part, features, options).predict(rows.inputs[fold], raw_score=True)
    return margins


def fit_calibration(margins: np.ndarray, rows: Matrix) -> dict:
    """Beta calibration (Kull et al. 2017): the a, b and c with the least log loss.

    Both a and b must be above 0, so that scores grow with the margin. If few frauds make one of them negative,
    both are the same: that is Platt's scaling.
    """
    low, high, one = -np.logaddexp(0, -margins), np.logaddexp(0, margins), np.ones_like(margins)
    a, b, c = least_log_loss(np.column_stack([low, high, one]), rows, np.array([1.0, 1.0, 0.0]))
    if not (a > 0 and b > 0):
        a, c = least_log_loss(np.column_stack([margins, one]), rows, np.array([1.0, 0.0]))
        b = a
    if not (np.isfinite([a, b, c]).all() and a > 0):
        raise CannotTrain(f"the calibration has the slope {a}, expected a finite one above 0")
    return {"a": float(a), "b": float(b), "c": float(c)}


def least_log_loss(columns: np.ndarray, rows: Matrix, start: np.ndarray) -> np.ndarray:
    """The coefficients of a logistic regression, by Newton's method."""
    found = start
    for _ in range(100):
        scores = expit(columns @ found)
        gradient = columns.T @ (rows.weight * (scores - rows.is_fraud))
        curvature = columns.T @ (columns * (rows.weight * scores * (1 - scores))[:, None])
        step = np.linalg.solve(curvature + 1e-9 * np.eye(len(found)), gradient)
        found = found - step
        if np.abs(step).max() < 1e-12:
            break
    return found


def calibrated(margins: np.ndarray, calibration: dict) -> np.ndarray:
    low, high = -np.logaddexp(0, -margins), np.logaddexp(0, margins)
    return expit(calibration["a"] * low + calibration["b"] * high + calibration["c"])


def choose_threshold(scores: np.ndarray, rows: Matrix, precision: float) -> float:
    """The threshold with the highest recall among those with at least this precision."""
    steps = np.minimum(np.floor(scores * THRESHOLD_STEPS), THRESHOLD_STEPS).astype(int)
    size = THRESHOLD_STEPS + 1
    # For each step: the rows, and the frauds, with this step or a higher one.
    flagged = np.bincount(steps, rows.weight, size)[::-1].cumsum()[::-1]
    frauds = np.bincount(steps, rows.weight * rows.is_fraud, size)[::-1].cumsum()[::-1]
    reached = np.divide(frauds, flagged, out=np.zeros(size), where=flagged > 0)
    reached[0] = 0
    good = np.flatnonzero((reached >= precision) & (frauds > 0))
    if len(good) == 0:
        raise CannotTrain(
            f"no threshold has a precision of {precision} on the training part;"
            f" the best is {reached.max():.3f}"
        )
    # Of the steps that flag the same rows, the highest: that of a row.
    return float(steps[steps >= good[0]].min() / THRESHOLD_STEPS)


def measure(scores: np.ndarray, rows: Matrix, threshold: float) -> dict:
    """The confusion counts and the metrics derived from them; a metric without a denominator is null."""
    flagged, fraud = scores >= threshold, rows.is_fraud
    right, extra, missed, passed = (
        round(float(rows.weight[chosen].sum()))
        for chosen in (flagged & fraud, flagged & ~fraud, ~flagged & fraud, ~flagged & ~fraud)
    )
    total = right + extra + missed + passed
    return {
        "rows": total,
        "truePositives": right,
        "falsePositives": extra,
        "falseNegatives": missed,
        "trueNegatives": passed,
        "precision": ratio(right, right + extra),
        "recall": ratio(right, right + missed),
        "accuracy": ratio(right + passed, total),
        "f1": ratio(2 * right, 2 * right + extra + missed),
        "meanScore": float(np.average(scores, weights=rows.weight)) if total else None,
    }


def ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def portable_trees(model: lightgbm.Booster) -> list[dict]:
    """The model's trees as plain arrays."""
    return [{"weight": 1.0, **flat(each["tree_structure"])} for each in model.dump_model()["tree_info"]]


def flat(root: dict) -> dict:
    """A tree as arrays with one value per node, in pre-order: parent, left subtree, right subtree."""
    tree = {name: [] for name in ("feature", "threshold", "categories", "left", "right", "value")}
    add_node(tree, root)
    return tree


def add_node(tree: dict, node: dict) -> int:
    """Appends the node and its subtrees to the arrays, and returns the node's index."""
    at = len(tree["feature"])
    is_leaf = "split_feature" not in node
    leaf = {
        "feature": -1,
        "threshold": 0.0,
        "categories": None,
        "left": -1,
        "right": -1,
        "value": node["leaf_value"] if is_leaf else node["internal_value"],
    }
    for name, value in leaf.items():
        tree[name].append(value)
    if is_leaf:
        return at
    tree["feature"][at] = node["split_feature"]
    if node["decision_type"] == "<=":
        tree["threshold"][at] = node["threshold"]
    else:
        tree["categories"][at] = sorted(int(category) for category in node["threshold"].split("||"))
    tree["left"][at] = add_node(tree, node["left_child"])
    tree["right"][at] = add_node(tree, node["right_child"])
    return at


def describe_reference(train: DataFrame, features: list[dict]) -> dict:
    """The distribution of each feature in the training rows, as counts per bin or category.

    A number belongs to the bin of the last edge that is not above it. So there is one count more than edges,
    and the first counts the values below all edges. A category has the count at its index, and the last count
    is of all other categories.
    """
    shares = F.array(*(F.lit(each / REFERENCE_QUANTILES) for each in range(REFERENCE_QUANTILES + 1)))
    quantiles = train.agg(*(quantile(name, shares).alias(name) for name in NUMBERS)).first()
    bins = {}
    for feature in features:
        name, kind = feature["name"], feature["kind"]
        of_kind = (
            {"edges": bin_edges(quantiles[name] or [])}
            if kind == "number"
            else {"categories": feature["categories"]}
        )
        bins[name] = {"kind": kind, **of_kind}
    counted = count_in_bins(train, bins)
    return {
        name: {
            **bins[name],
            **counted[name],
            **({"quantiles": quantiles[name] or []} if name in NUMBERS else {}),
        }
        for name in bins
    }


def count_in_bins(rows: DataFrame, bins: dict[str, dict]) -> dict[str, dict]:
    """The rows in each bin of the features, which may be those of another model's reference."""
    return counted_in(rows.agg(*counts_of(bins)).first(), bins)


def count_by_segment(rows: DataFrame, bins: dict[str, dict], features: list[dict]) -> dict:
    """The same for each segment: for each feature, the counts of its bins and, last, of missing values."""

    def described(row: Row) -> dict[str, list[int]]:
        found = counted_in(row, bins)
        return {name: [*found[name]["counts"], found[name]["missing"]] for name in bins}

    return {
        feature["name"]: {
            row["segment"]: described(row)
            for row in rows.groupBy(F.col(feature["name"]).alias("segment"))
            .agg(*counts_of(bins))
            .orderBy("segment")
            .collect()
            if row["segment"] in feature["categories"]
        }
        for feature in features
        if feature["name"] in SEGMENTS
    }


def starts_of(described: dict) -> list:
    return described.get("edges") or described.get("categories") or []


def counts_of(bins: dict[str, dict]) -> list[Column]:
    return [
        F.count(F.lit(1)).alias("rows"),
        *(F.count(name).alias(f"{name}:known") for name in bins),
        *(
            F.count(F.when(is_in(name, described["kind"], start), 1)).alias(f"{name}:{at}")
            for name, described in bins.items()
            for at, start in enumerate(starts_of(described))
        ),
    ]


def counted_in(counted: Row, bins: dict[str, dict]) -> dict[str, dict]:
    found = {}
    for name, described in bins.items():
        known = counted[f"{name}:known"]
        each = [counted[f"{name}:{at}"] for at in range(len(starts_of(described)))]
        if described["kind"] == "number":
            reached = [known, *each, 0]
            counts = [a - b for a, b in zip(reached, reached[1:], strict=False)]
        else:
            counts = [*each, known - sum(each)]
        found[name] = {"counts": counts, "missing": counted["rows"] - known, "total": counted["rows"]}
    return found


def is_in(name: str, kind: str, start: float | str) -> Column:
    """Whether a number is at or above the edge; whether a value is the category."""
    return F.col(name) >= start if kind == "number" else F.col(name) == start


def bin_edges(quantiles: list[float]) -> list[float]:
    """Bin edges at each tenth of the rows, and at 95 % and 99 %.

    Equal edges are merged, and an edge at the smallest value is left out: no bin is empty.
    """
    at = [quantiles[round(share * REFERENCE_QUANTILES)] for share in REFERENCE_BINS] if quantiles else []
    return sorted({edge for edge in at if edge > quantiles[0]})


def describe_scores(scores: np.ndarray, rows: Matrix, features: list[dict]) -> dict:
    """The distribution of the scores, as that of a number, and the same counts for each segment."""
    order = np.argsort(scores, kind="stable")
    reached = np.cumsum(rows.weight[order])
    ranks = np.searchsorted(reached, np.linspace(0, reached[-1], REFERENCE_QUANTILES + 1))
    quantiles = scores[order][np.minimum(ranks, len(order) - 1)].tolist()
    edges = bin_edges(quantiles)
    bins = np.searchsorted(edges, scores, side="right")

    def count(chosen: np.ndarray) -> list[int]:
        counted = np.bincount(bins[chosen], rows.weight[chosen], len(edges) + 1)
        return np.rint(counted).astype(int).tolist()

    total = count(np.full(len(bins), True))
    return {
        "score": {
            "kind": "number",
            "edges": edges,
            "counts": total,
            "missing": 0,
            "total": sum(total),
            "quantiles": quantiles,
        },
        "segments": {
            feature["name"]: {
                category: count(rows.inputs[:, at] == number)
                for number, category in enumerate(feature["categories"])
            }
            for at, feature in enumerate(features)
            if feature["name"] in SEGMENTS
        },
    }


def golden_rows(score, rows: DataFrame, features: list[dict], count: int) -> list[dict]:
    """Rows with their scores, to test other implementations of the model.

    A third of the rows is unchanged. A third has about half of its features missing. A third has categories
    that the model has never seen.
    """
    change = F.pmod(F.xxhash64("transaction_id", F.lit("odd")), F.lit(3))
    chosen = golden_choice(rows, count).withColumn("change", change)
    changed = chosen.select(*(changed_feature(name).alias(name) for name in FEATURES))
    inputs = F.array(*(encoded(feature) for feature in features)).alias("inputs")
    fetched = changed.select(*FEATURES, inputs).collect()
    if not fetched:
        return []
    scores = score(np.array([row["inputs"] for row in fetched], dtype=float))
    return [
        {"features": {name: row[name] for name in FEATURES}, "score": float(each)}
        for row, each in zip(fetched, scores, strict=True)
    ]


def changed_feature(name: str) -> Column:
    """The feature: missing in half of the rows with change 1, a new category in rows with change 2."""
    is_missing = (F.col("change") == 1) & (F.abs(F.hash("transaction_id", F.lit(name))) % 2 == 0)
    changed = F.when(is_missing, F.lit(None))
    if name in CATEGORIES:
        changed = changed.when(F.col("change") == 2, F.lit("never seen"))
    return changed.otherwise(F.col(name))


def golden_choice(rows: DataFrame, count: int) -> DataFrame:
    """Chooses rows. Half are frauds, if there are enough: their scores lie on both sides of the threshold."""
    order = (F.xxhash64("transaction_id"), F.col("transaction_id"))
    place = F.row_number().over(Window.partitionBy("is_fraud").orderBy(*order))
    return rows.withColumn("place", place).orderBy(F.col("place") > count // 2, *order).limit(count)


def train(spark: SparkSession, options: argparse.Namespace) -> dict:
    """Trains a model, writes its files, and returns what the job prints."""
    rows = read_rows(spark, options.data, options.rows_per_partition)
    parts = split_by_time(rows, options.test_share)
    features = describe_features(parts[0], options.min_category_rows)
    training, test = (fetch(part, features, options.most_rows) for part in parts)
    check_classes(training, options.min_class_rows)
    model = fit(training, features, options)
    out_of_fold = margins_out_of_fold(training, features, options)
    calibration = fit_calibration(out_of_fold, training)

    def score(inputs: np.ndarray) -> np.ndarray:
        return calibrated(model.predict(inputs, raw_score=True), calibration)

    scores = calibrated(out_of_fold, calibration)
    test_scores = score(test.inputs)
    threshold = choose_threshold(scores, training, options.precision)
    described = {
        "format": 2,
        "version": options.version,
        "trainedAt": options.trained_at,
        "features": features,
        "threshold": threshold,
        "link": LINK,
        "calibration": calibration,
        "metrics": {
            "statedPrecision": options.precision,
            # Each training row by trees that were trained without it.
            "training": measure(scores, training, threshold),
            "test": measure(test_scores, test, threshold),
        },
        "dataHash": hash_rows(rows),
        "trainingRows": len(training.is_fraud),
        "trees": portable_trees(model),
    }
    models = f"{options.lake.rstrip('/')}/models/fraud"
    folder = f"{models}/{options.version}"
    described_features = describe_reference(parts[0], features)
    reference = {
        "version": options.version,
        "features": described_features,
        "segmentFeatures": count_by_segment(parts[0], described_features, features),
        # Each training row by trees that were trained without it.
        **describe_scores(scores, training, features),
    }
    report = {
        "version": options.version,
        "test": describe(Scored(test_scores, test.is_fraud, test.weight)),
        "training": describe(Scored(scores, training.is_fraud, training.weight)),
        "importances": importances(model, features),
        "drift": {
            "test": drift_from(reference, parts[1]),
            "before": drift_from_model_before(spark, models, options.shipped_reference, parts[0]),
        },
        "provenance": {
            "facts": facts(spark, parts, (training, test), described["dataHash"], options),
            "command": command_of(options),
        },
    }
    put_json(spark, f"{folder}/reference.json", reference)
    if options.golden:
        put_json(spark, f"{folder}/golden.json", golden_rows(score, parts[1], features, options.golden))
    put_json(spark, f"{folder}/report.json", report)
    put_text(spark, f"{folder}/report.html", render(described, report))
    put_json(spark, f"{folder}/model.json", described)
    if options.promote:
        put_json(spark, f"{models}/current", {"version": options.version})
    return {name: described[name] for name in ("version", "threshold", "metrics", "dataHash", "trainingRows")}


def importances(model: lightgbm.Booster, features: list[dict]) -> dict[str, dict]:
    """Of each feature: its share of the gain of all splits, and how many splits use it."""
    gains, splits = (model.feature_importance(of) for of in ("gain", "split"))
    total = float(gains.sum()) or 1.0
    return {
        feature["name"]: {"gain": float(gain) / total, "splits": int(count)}
        for feature, gain, count in zip(features, gains, splits, strict=True)
    }


def drift_from(reference: dict, rows: DataFrame) -> dict:
    """How far the features of the rows lie from those of a reference, which may be another model's."""
    kinds = {"number": NUMBERS, "category": CATEGORIES}
    bins = {
        name: described
        for name, described in reference["features"].items()
        if name in kinds.get(described["kind"], ())
    }
    times = rows.select(F.col("transaction_time").cast("double").alias("at"))
    span_s = times.agg(F.max("at") - F.min("at")).first()[0] or 0
    return {"version": reference["version"], **describe_drift(bins, count_in_bins(rows, bins), span_s)}


def drift_from_model_before(
    spark: SparkSession, models: str, shipped_reference: str | None, rows: DataFrame
) -> dict | None:
    """The drift from the model in use. The shipped model is part of the code, and not in the lake."""
    pointer = read_json(spark, f"{models}/current")
    in_use = pointer and read_json(spark, f"{models}/{pointer['version']}/reference.json")
    if in_use is None and shipped_reference is not None:
        shipped = read_json(spark, shipped_reference)
        in_use = shipped if pointer is None or pointer["version"] == shipped["version"] else None
    return None if in_use is None else drift_from(in_use, rows)


def facts(
    spark: SparkSession, parts: tuple, matrices: tuple, data_hash: str, options: argparse.Namespace
) -> dict[str, str]:
    """Where a model comes from, as names and texts."""
    described = {}
    for name, part, matrix in zip(("Training part", "Test part"), parts, matrices, strict=True):
        ends = part.agg(
            *(each("transaction_time").cast("string") for each in (F.min, F.max)), F.count("*")
        ).first()
        drawn = len(matrix.is_fraud)
        all_rows = f"{ends[2]:,} transactions, {ends[0]} to {ends[1]} UTC"
        described[name] = all_rows if drawn == ends[2] else f"{all_rows}; {drawn:,} were drawn, with weights"
    versions = {
        "Spark": spark.version,
        "LightGBM": lightgbm.__version__,
        "NumPy": np.__version__,
        "SciPy": scipy.__version__,
        "Python": platform.python_version(),
    }
    return {
        **described,
        "Hash of the rows": data_hash,
        "Seed": f"{options.seed} for the trees, 1 for the bootstrap samples",
        "Trees": f"{options.trees} of up to {options.leaves} leaves, learning rate {options.step:g}",
        "Versions": ", ".join(f"{name} {version}" for name, version in versions.items()),
    }


def command_of(options: argparse.Namespace) -> str:
    """The call that makes the same model from the same rows."""
    texts = {
        name: ",".join(value) if isinstance(value, list) else value
        for name, value in vars(options).items()
        if name != "promote" and value is not None
    }
    given = [f"--{name.replace('_', '-')} {shlex.quote(str(value))}" for name, value in texts.items()]
    return " \\\n  ".join(["train_fraud_model.py", *given])


def check_classes(rows: Matrix, least: int) -> None:
    frauds = int(rows.is_fraud.sum())
    others = len(rows.is_fraud) - frauds
    if min(frauds, others) < least:
        found = f"the training part has {frauds} frauds and {others} others"
        raise CannotTrain(f"{found}, expected at least {least} of each")


def put_json(spark: SparkSession, location: str, value) -> None:
    text = json.dumps(value, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    put_text(spark, location, f"{text}\n")


def put_text(spark: SparkSession, location: str, text: str) -> None:
    """Writes by one put. Uses Spark's own file system, so the job needs no other S3 client."""
    path = spark._jvm.org.apache.hadoop.fs.Path(location)
    stream = path.getFileSystem(spark._jsc.hadoopConfiguration()).create(path, True)
    try:
        stream.write(bytearray(text, "utf-8"))
    finally:
        stream.close()


def read_json(spark: SparkSession, location: str):
    """None for a file that does not exist."""
    path = spark._jvm.org.apache.hadoop.fs.Path(location)
    files = path.getFileSystem(spark._jsc.hadoopConfiguration())
    if not files.exists(path):
        return None
    stream = files.open(path)
    try:
        return json.loads(spark._jvm.org.apache.commons.io.IOUtils.toString(stream, "UTF-8"))
    finally:
        stream.close()


def parse_options(arguments: list[str]) -> argparse.Namespace:
    """Parses the arguments of the job, and ignores those that Glue adds (--JOB_NAME and others)."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    add = parser.add_argument
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    add("--data", required=True, type=lambda text: text.split(","), help="files or folders of JSON lines")
    add("--lake", required=True, help="s3://bucket, or any folder")
    add("--version", required=True, help="names the folder of the model")
    add("--trained-at", default=now, help="(default: now)")
    add("--precision", type=float, default=0.9, help="minimum precision on the training part")
    add("--promote", choices=("true", "false"), default="false", help="make it the current model")
    add("--shipped-reference", help="reference.json of the model in use before any was promoted")
    add("--golden", type=int, default=0, help="how many rows to write with their scores")
    add("--test-share", type=float, default=0.15, help="share of the rows for the last figures: the newest")
    add("--folds", type=int, default=5, help="parts of the training rows for calibration and threshold")
    add("--most-rows", type=int, default=1_000_000, help="rows on the driver, of training and of test")
    add("--trees", type=int, default=130)
    add("--leaves", type=int, default=15, help="leaves of a tree")
    add("--step", type=float, default=0.1, help="learning rate: scales the contribution of each tree")
    add("--min-node-rows", type=int, default=10)
    add("--min-class-rows", type=int, default=50, help="minimum of frauds, and of others, to train on")
    add("--min-category-rows", type=int, default=20, help="a rarer category counts as never seen")
    add("--rows-per-partition", type=int, default=1_000_000)
    add("--seed", type=int, default=1)
    options = parser.parse_known_args(arguments)[0]
    options.promote = options.promote == "true"
    return options


def main() -> None:
    options = parse_options(sys.argv[1:])
    spark = start_session()
    print(json.dumps(train(spark, options)))
    spark.stop()


def start_session() -> SparkSession:
    builder = SparkSession.builder.appName("train-fraud-model")
    return builder.config("spark.sql.session.timeZone", "UTC").getOrCreate()


if __name__ == "__main__":
    main()
