"""Trains the fraud model on labelled transactions, and writes it as a file that needs no Spark to be evaluated.

Plain PySpark: runs on AWS Glue 5.1 (Spark 3.5) and on any Spark 3.5. It reads JSON lines, one labelled transaction each:

    {"transaction_id": "…", "transaction_time": "2024-01-31T12:00:00Z", "features": {<name>: number | text | null, …}, "is_fraud": true}

The features are those that score-transaction has computed (lambdas/fraud/score-transaction/features.ts): none is computed here. It writes

    models/fraud/<version>/model.json        trees, features, threshold, metrics; for score-transaction
    models/fraud/<version>/reference.json    how each feature is spread over the training rows; for the monitor of drift
    models/fraud/<version>/golden.json       with --golden: rows and Spark's own scores of them
    models/fraud/current                     with --promote true: the version to use, by one put

The same rows and arguments give the same bytes, as long as the rows fit one partition (docs/adr/0013-fraud-model.md).
"""

import argparse
import json
import math
import sys
from datetime import UTC, datetime

from pyspark.ml.classification import GBTClassificationModel, GBTClassifier
from pyspark.ml.feature import VectorAssembler
from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql.types import BooleanType, DoubleType, StringType, StructField, StructType, TimestampType

# As in features.ts, by name and kind.
NUMBERS = (
    "amount_log",
    "hour_of_day",
    "day_of_week",
    "account_age_transactions",
    "seconds_since_last",
    "transactions_last_hour",
    "transactions_last_day",
    "amount_vs_mean",
    "country_changed",
    "distinct_countries_last_day",
)
CATEGORIES = ("merchant_category", "country", "channel", "currency")
FEATURES = (*NUMBERS, *CATEGORIES)

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

LINK = "logistic: probability = 1 / (1 + exp(-2 * margin))"
# Thresholds are multiples of this, so that choosing one needs no list of all scores.
THRESHOLD_STEPS = 10_000
REFERENCE_BINS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
REFERENCE_QUANTILES = 1_000
# By Greenwald and Khanna: a rank is off by at most its share of the rows, so that up to as many rows it is exact.
QUANTILE_ACCURACY = 100_000


class CannotTrain(Exception):
    """The rows give no model that can be used. The message says why."""


def read_rows(spark: SparkSession, locations: list[str], rows_per_partition: int) -> DataFrame:
    """Each transaction once, in an order that does not depend on the files."""
    read = spark.read.schema(LABELLED).option("mode", "FAILFAST").json(locations)
    rows = read.select("transaction_id", "transaction_time", "features.*", "is_fraud").dropDuplicates(
        ["transaction_id"]
    )
    partitions = max(1, math.ceil(rows.count() / rows_per_partition))
    order = ("transaction_time", "transaction_id")
    spread = rows.repartition(1) if partitions == 1 else rows.repartitionByRange(partitions, *order)
    return spread.sortWithinPartitions(*order).cache()


def hash_rows(rows: DataFrame) -> str:
    """The same for the same rows in any order."""
    digest = F.sum(F.xxhash64(*rows.columns).cast("decimal(38,0)")).cast("string").alias("digest")
    return f"xxhash64-sum:{rows.agg(digest).first()['digest']}"


def split_by_time(
    rows: DataFrame, train_share: float, validation_share: float
) -> tuple[DataFrame, DataFrame, DataFrame]:
    """The oldest, those after, and the newest: a model is always used on what is newer than what it has learnt from."""
    seconds = F.col("transaction_time").cast("double")
    shares = F.array(F.lit(train_share), F.lit(train_share + validation_share))
    first, second = rows.agg(quantile(seconds, shares).alias("cuts")).first()["cuts"]
    return (
        rows.where(seconds < first),
        rows.where((seconds >= first) & (seconds < second)),
        rows.where(seconds >= second),
    )


def quantile(column, shares: Column) -> Column:
    """A value of the column, never one between two. Spark's `percentile` holds every value, and sorts them for each share anew."""
    return F.percentile_approx(column, shares, QUANTILE_ACCURACY)


def describe_features(train: DataFrame, min_category_rows: int) -> list[dict]:
    """What stands in for a number that is missing (the median), and the categories worth telling apart."""
    medians = train.agg(*(quantile(name, F.lit(0.5)).alias(name) for name in NUMBERS)).first()
    features = [{"name": name, "kind": "number", "impute": medians[name] or 0.0} for name in NUMBERS]
    for name in CATEGORIES:
        counts = train.where(F.col(name).isNotNull()).groupBy(name).count()
        found = counts.where(F.col("count") >= min_category_rows).orderBy(name).collect()
        if not found:
            raise CannotTrain(f"{name}: no category has {min_category_rows} rows or more")
        features.append(
            {"name": name, "kind": "category", "impute": None, "categories": [row[name] for row in found]}
        )
    return features


def encode(rows: DataFrame, features: list[dict]) -> DataFrame:
    """With the vector that the trees split on. What Spark knows a category by is its number among the categories."""
    columns = [encoded(feature) for feature in features]
    names = [f"encoded_{feature['name']}" for feature in features]
    weighed = rows.select(
        "*",
        *(
            column.alias(name, metadata=metadata(feature))
            for column, name, feature in zip(columns, names, features, strict=True)
        ),
    )
    return VectorAssembler(inputCols=names, outputCol="vector").transform(weighed).drop(*names)


def encoded(feature: dict) -> Column:
    column = F.col(feature["name"])
    if feature["kind"] == "number":
        return F.coalesce(column, F.lit(feature["impute"])).cast("double")
    categories = feature["categories"]
    numbers = F.create_map(
        *(F.lit(each) for pair in zip(categories, range(len(categories)), strict=True) for each in pair)
    )
    return F.coalesce(numbers[column], F.lit(len(categories))).cast("double")


def metadata(feature: dict) -> dict:
    if feature["kind"] == "number":
        return {"ml_attr": {"type": "numeric", "name": feature["name"]}}
    return {"ml_attr": {"type": "nominal", "name": feature["name"], "num_vals": len(feature["categories"]) + 1}}


def fit(encoded_train: DataFrame, features: list[dict], options: argparse.Namespace) -> GBTClassificationModel:
    """Both classes weigh the same in all, however rare frauds are."""
    counts = {row["is_fraud"]: row["count"] for row in encoded_train.groupBy("is_fraud").count().collect()}
    frauds, others = counts.get(True, 0), counts.get(False, 0)
    if min(frauds, others) < options.min_class_rows:
        raise CannotTrain(
            f"the training part has {frauds} frauds and {others} others, expected at least {options.min_class_rows} of each"
        )
    total = frauds + others
    weight = F.when(F.col("is_fraud"), total / (2 * frauds)).otherwise(total / (2 * others))
    most_categories = max(len(feature.get("categories", ())) + 1 for feature in features)
    classifier = GBTClassifier(
        featuresCol="vector",
        labelCol="label",
        weightCol="weight",
        maxIter=options.trees,
        maxDepth=options.depth,
        stepSize=options.step,
        maxBins=max(64, most_categories),
        minInstancesPerNode=options.min_node_rows,
        seed=options.seed,
    )
    return classifier.fit(
        encoded_train.select("vector", F.col("is_fraud").cast("double").alias("label"), weight.alias("weight"))
    )


def score(model: GBTClassificationModel, encoded_rows: DataFrame) -> DataFrame:
    """By the function of the JVM itself: its Python name cannot be imported without pandas, which nothing here needs."""
    probability = model.transform(encoded_rows)
    functions = probability.sparkSession._jvm.org.apache.spark.ml.functions
    return probability.withColumn(
        "score", Column(functions.vector_to_array(probability["probability"]._jc, "float64"))[1]
    )


def choose_threshold(scored: DataFrame, precision: float) -> float:
    """The threshold with the highest recall among those whose precision is at least that asked for."""
    step = F.least(F.floor(F.col("score") * THRESHOLD_STEPS), F.lit(THRESHOLD_STEPS)).alias("step")
    counted = scored.groupBy(step).agg(
        F.count("*").alias("rows"), F.sum(F.col("is_fraud").cast("long")).alias("frauds")
    )
    rows, frauds, best, chosen = 0, 0, 0.0, None
    for each in sorted(counted.collect(), key=lambda row: row["step"], reverse=True):
        rows, frauds = rows + each["rows"], frauds + each["frauds"]
        best = max(best, frauds / rows)
        if frauds > 0 and frauds / rows >= precision and each["step"] > 0:
            chosen = each["step"] / THRESHOLD_STEPS
    if chosen is None:
        raise CannotTrain(
            f"no threshold has a precision of {precision} on the validation part; the best is {best:.3f}"
        )
    return chosen


def measure(scored: DataFrame, threshold: float) -> dict:
    """The confusion counts, and what follows from them; null where there is nothing to divide by."""
    flagged, fraud = F.col("score") >= threshold, F.col("is_fraud")
    counts = scored.agg(
        F.count("*").alias("rows"),
        F.count(F.when(flagged & fraud, 1)).alias("truePositives"),
        F.count(F.when(flagged & ~fraud, 1)).alias("falsePositives"),
        F.count(F.when(~flagged & fraud, 1)).alias("falseNegatives"),
        F.count(F.when(~flagged & ~fraud, 1)).alias("trueNegatives"),
    )
    found = counts.first().asDict()
    right, extra, missed = found["truePositives"], found["falsePositives"], found["falseNegatives"]
    return {
        **found,
        "precision": ratio(right, right + extra),
        "recall": ratio(right, right + missed),
        "accuracy": ratio(right + found["trueNegatives"], found["rows"]),
        "f1": ratio(2 * right, 2 * right + extra + missed),
    }


def ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def portable_trees(model: GBTClassificationModel) -> list[dict]:
    roots = [tree._call_java("rootNode") for tree in model.trees]
    return [{"weight": weight, **flat(root)} for weight, root in zip(model.treeWeights, roots, strict=True)]


def flat(root) -> dict:
    """A tree as arrays with a value a node. A parent comes before its children, the left one before the right."""
    tree = {name: [] for name in ("feature", "threshold", "categories", "left", "right", "value")}
    add_node(tree, root)
    return tree


def add_node(tree: dict, node) -> int:
    at = len(tree["feature"])
    leaf = {
        "feature": -1,
        "threshold": 0.0,
        "categories": None,
        "left": -1,
        "right": -1,
        "value": node.prediction(),
    }
    for name, value in leaf.items():
        tree[name].append(value)
    if node.getClass().getSimpleName() == "LeafNode":
        return at
    split = node.split()
    tree["feature"][at] = split.featureIndex()
    if split.getClass().getSimpleName() == "ContinuousSplit":
        tree["threshold"][at] = split.threshold()
    else:
        tree["categories"][at] = sorted(int(category) for category in split.leftCategories())
    tree["left"][at] = add_node(tree, node.leftChild())
    tree["right"][at] = add_node(tree, node.rightChild())
    return at


def describe_reference(train: DataFrame, features: list[dict]) -> dict:
    """
    How each feature is spread. A number is in the bin of the last edge that is not above it, so that `counts` has one more than
    `edges`, the first being what is below all. A category is counted at its place; the last count is of all others.
    """
    total = train.count()
    shares = F.array(*(F.lit(each / REFERENCE_QUANTILES) for each in range(REFERENCE_QUANTILES + 1)))
    quantiles = train.agg(*(quantile(name, shares).alias(name) for name in NUMBERS)).first()
    edges = {name: bin_edges(quantiles[name] or []) for name in NUMBERS}
    counts = train.agg(
        *(F.count(name).alias(f"{name}:known") for name in FEATURES),
        *(
            F.count(F.when(F.col(name) >= edge, 1)).alias(f"{name}:{at}")
            for name in NUMBERS
            for at, edge in enumerate(edges[name])
        ),
        *(
            F.count(F.when(F.col(feature["name"]) == category, 1)).alias(f"{feature['name']}:{at}")
            for feature in features
            for at, category in enumerate(feature.get("categories", ()))
        ),
    ).first()
    described = {}
    for feature in features:
        name, known = feature["name"], counts[f"{feature['name']}:known"]
        if feature["kind"] == "number":
            reached = [known, *(counts[f"{name}:{at}"] for at in range(len(edges[name]))), 0]
            spread = {
                "kind": "number",
                "edges": edges[name],
                "counts": [a - b for a, b in zip(reached, reached[1:], strict=False)],
            }
            sketch = {"quantiles": quantiles[name] or []}
        else:
            each = [counts[f"{name}:{at}"] for at in range(len(feature["categories"]))]
            spread = {
                "kind": "category",
                "categories": feature["categories"],
                "counts": [*each, known - sum(each)],
            }
            sketch = {}
        described[name] = {**spread, "missing": total - known, "total": total, **sketch}
    return described


def bin_edges(quantiles: list[float]) -> list[float]:
    """Tenths of the rows, and their upper tail. What is of one value, whole tenths long, has one edge; at the least there is no edge."""
    at = [quantiles[round(share * REFERENCE_QUANTILES)] for share in REFERENCE_BINS] if quantiles else []
    return sorted({edge for edge in at if edge > quantiles[0]})


def golden_rows(model: GBTClassificationModel, rows: DataFrame, features: list[dict], count: int) -> list[dict]:
    """Rows with Spark's own scores: some as they are, some with numbers missing, some with categories that are missing or new."""
    odd_kind = F.pmod(F.xxhash64("transaction_id", F.lit("odd")), F.lit(3))
    chosen = golden_choice(rows, count).withColumn("at", odd_kind)
    kinds = {name: "number" for name in NUMBERS} | {name: "category" for name in CATEGORIES}
    odd = chosen.select(
        *(
            F.when((F.col("at") == 1) & (F.abs(F.hash("transaction_id", F.lit(name))) % 2 == 0), F.lit(None))
            .when(
                (F.col("at") == 2) & F.lit(kinds[name] == "category"),
                F.lit("never seen" if kinds[name] == "category" else None),
            )
            .otherwise(F.col(name))
            .alias(name)
            for name in FEATURES
        )
    )
    scored = score(model, encode(odd, features)).select(*FEATURES, "score").collect()
    return [{"features": {name: row[name] for name in FEATURES}, "score": row["score"]} for row in scored]


def golden_choice(rows: DataFrame, count: int) -> DataFrame:
    """Half of them frauds, if there are as many, so that there are scores on both sides of the threshold."""
    order = (F.xxhash64("transaction_id"), F.col("transaction_id"))
    place = F.row_number().over(Window.partitionBy("is_fraud").orderBy(*order))
    return rows.withColumn("place", place).orderBy(F.col("place") > count // 2, *order).limit(count)


def train(spark: SparkSession, options: argparse.Namespace) -> dict:
    rows = read_rows(spark, options.data, options.rows_per_partition)
    parts = split_by_time(rows, options.train_share, options.validation_share)
    features = describe_features(parts[0], options.min_category_rows)
    encoded_parts = [encode(part, features).cache() for part in parts]
    model = fit(encoded_parts[0], features, options)
    scored_parts = [score(model, part).select("score", "is_fraud").cache() for part in encoded_parts]
    threshold = choose_threshold(scored_parts[1], options.precision)
    described = {
        "format": 1,
        "version": options.version,
        "trainedAt": options.trained_at,
        "features": features,
        "threshold": threshold,
        "link": LINK,
        "metrics": {
            "statedPrecision": options.precision,
            **{
                name: measure(part, threshold)
                for name, part in zip(("train", "validation", "test"), scored_parts, strict=True)
            },
        },
        "dataHash": hash_rows(rows),
        "trainingRows": scored_parts[0].count(),
        "trees": portable_trees(model),
    }
    folder = f"{options.lake.rstrip('/')}/models/fraud/{options.version}"
    put_json(
        spark,
        f"{folder}/reference.json",
        {"version": options.version, "features": describe_reference(parts[0], features)},
    )
    if options.golden:
        put_json(spark, f"{folder}/golden.json", golden_rows(model, parts[2], features, options.golden))
    put_json(spark, f"{folder}/model.json", described)
    if options.promote:
        put_json(spark, f"{options.lake.rstrip('/')}/models/fraud/current", {"version": options.version})
    return {name: described[name] for name in ("version", "threshold", "metrics", "dataHash", "trainingRows")}


def put_json(spark: SparkSession, location: str, value) -> None:
    """By one put, through Spark's own file system, so that the job needs no other client of S3."""
    path = spark._jvm.org.apache.hadoop.fs.Path(location)
    stream = path.getFileSystem(spark._jsc.hadoopConfiguration()).create(path, True)
    try:
        stream.write(
            bytearray(
                json.dumps(value, separators=(",", ":"), allow_nan=False, ensure_ascii=False) + "\n", "utf-8"
            )
        )
    finally:
        stream.close()


def parse_options(arguments: list[str]) -> argparse.Namespace:
    """Glue adds arguments of its own (--JOB_NAME and others): those are passed over."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument(
        "--data", required=True, type=lambda text: text.split(","), help="files or folders of JSON lines, a,b,…"
    )
    parser.add_argument("--lake", required=True, help="s3://bucket, or any folder")
    parser.add_argument("--version", required=True, help="names the folder of the model")
    parser.add_argument(
        "--trained-at", default=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), help="(default: now)"
    )
    parser.add_argument(
        "--precision", type=float, default=0.9, help="that the threshold must have on the validation part"
    )
    parser.add_argument("--promote", choices=("true", "false"), default="false", help="make it the current model")
    parser.add_argument("--golden", type=int, default=0, help="rows to write with Spark's own scores")
    parser.add_argument("--train-share", type=float, default=0.7, help="of the rows, the oldest")
    parser.add_argument("--validation-share", type=float, default=0.15, help="of the rows, those after")
    parser.add_argument("--trees", type=int, default=40)
    parser.add_argument("--depth", type=int, default=5)
    parser.add_argument("--step", type=float, default=0.2, help="by which each tree's word is shrunk")
    parser.add_argument("--min-node-rows", type=int, default=10)
    parser.add_argument("--min-class-rows", type=int, default=50, help="frauds, and others, to train on")
    parser.add_argument(
        "--min-category-rows", type=int, default=20, help="below that a category is among the unseen"
    )
    parser.add_argument("--rows-per-partition", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_known_args(arguments)[0]
    options.promote = options.promote == "true"
    return options


def main() -> None:
    options = parse_options(sys.argv[1:])
    spark = start_session()
    print(json.dumps(train(spark, options)))
    spark.stop()


def start_session() -> SparkSession:
    return (
        SparkSession.builder.appName("train-fraud-model").config("spark.sql.session.timeZone", "UTC").getOrCreate()
    )


if __name__ == "__main__":
    main()
