"""Trains the fraud model on labelled transactions, and writes it as a file that is evaluated without Spark.

Plain PySpark: runs on AWS Glue 5.1 (Spark 3.5) and on any Spark 3.5. It has more than 200 lines because a
Glue job is one script: a second module would be a second asset (`--extra-py-files`).

Reads JSON lines, one labelled transaction per line (here on two lines):

    {"transaction_id": "…", "transaction_time": "2024-01-31T12:00:00Z",
     "features": {<name>: number | text | null, …}, "is_fraud": true}

score-transaction computed the features (lambdas/fraud/score-transaction/features.ts); this script computes
none. It writes

    models/fraud/<version>/model.json        trees, features, threshold, metrics; for score-transaction
    models/fraud/<version>/reference.json    distribution of each feature in the training rows; for drift
    models/fraud/<version>/golden.json       with --golden: rows with the scores that Spark gives them
    models/fraud/current                     with --promote true: the version to use, written by one put

The same rows and arguments give the same bytes, as long as the rows fit into one partition
(docs/adr/0013-fraud-model.md).
"""

import argparse
import json
import math
import sys
from datetime import UTC, datetime

from pyspark.ml.classification import GBTClassificationModel, GBTClassifier
from pyspark.ml.feature import VectorAssembler
from pyspark.sql import Column, DataFrame, Row, SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql.types import BooleanType, DoubleType, StringType, StructField, StructType, TimestampType

# The same names and kinds as in features.ts.
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


def split_by_time(
    rows: DataFrame, train_share: float, validation_share: float
) -> tuple[DataFrame, DataFrame, DataFrame]:
    """Splits into the oldest rows (training), the next (validation) and the newest (test).

    In use, a model always scores rows that are newer than its training rows.
    """
    seconds = F.col("transaction_time").cast("double")
    shares = F.array(F.lit(train_share), F.lit(train_share + validation_share))
    first, second = rows.agg(quantile(seconds, shares).alias("cuts")).first()["cuts"]
    return (
        rows.where(seconds < first),
        rows.where((seconds >= first) & (seconds < second)),
        rows.where(seconds >= second),
    )


def quantile(column: str | Column, shares: Column) -> Column:
    """Quantiles that are values of the column, not interpolated.

    Spark's `percentile` would hold all values in memory, and sort them once per share.
    """
    return F.percentile_approx(column, shares, QUANTILE_ACCURACY)


def describe_features(train: DataFrame, min_category_rows: int) -> list[dict]:
    """Describes the features: the median, to replace a missing number, and the frequent categories."""
    medians = train.agg(*(quantile(name, F.lit(0.5)).alias(name) for name in NUMBERS)).first()
    features = [{"name": name, "kind": "number", "impute": medians[name] or 0.0} for name in NUMBERS]
    for name in CATEGORIES:
        counts = train.where(F.col(name).isNotNull()).groupBy(name).count()
        found = counts.where(F.col("count") >= min_category_rows).orderBy(name).collect()
        if not found:
            raise CannotTrain(f"{name}: no category has {min_category_rows} rows or more")
        categories = [row[name] for row in found]
        features.append({"name": name, "kind": "category", "impute": None, "categories": categories})
    return features


def encode(rows: DataFrame, features: list[dict]) -> DataFrame:
    """Adds the vector on which the trees split. A category is encoded as its index among the categories."""
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
    """A feature as a number. A category that is rare, missing or new has the index after the last one."""
    column = F.col(feature["name"])
    if feature["kind"] == "number":
        return F.coalesce(column, F.lit(feature["impute"])).cast("double")
    categories = feature["categories"]
    numbers = F.create_map(
        *(F.lit(each) for pair in zip(categories, range(len(categories)), strict=True) for each in pair)
    )
    return F.coalesce(numbers[column], F.lit(len(categories))).cast("double")


def metadata(feature: dict) -> dict:
    """Tells Spark whether a feature is a number or a category."""
    if feature["kind"] == "number":
        return {"ml_attr": {"type": "numeric", "name": feature["name"]}}
    values = len(feature["categories"]) + 1
    return {"ml_attr": {"type": "nominal", "name": feature["name"], "num_vals": values}}


def fit(train: DataFrame, features: list[dict], options: argparse.Namespace) -> GBTClassificationModel:
    """Trains the trees. Row weights give both classes the same total weight, however rare frauds are."""
    counts = {row["is_fraud"]: row["count"] for row in train.groupBy("is_fraud").count().collect()}
    frauds, others = counts.get(True, 0), counts.get(False, 0)
    if min(frauds, others) < options.min_class_rows:
        found = f"the training part has {frauds} frauds and {others} others"
        raise CannotTrain(f"{found}, expected at least {options.min_class_rows} of each")
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
    label = F.col("is_fraud").cast("double").alias("label")
    return classifier.fit(train.select("vector", label, weight.alias("weight")))


def score(model: GBTClassificationModel, encoded_rows: DataFrame) -> DataFrame:
    """Adds the score: the probability of fraud.

    Calls vector_to_array in the JVM: its Python module imports pandas, which this script does not need.
    """
    probability = model.transform(encoded_rows)
    functions = probability.sparkSession._jvm.org.apache.spark.ml.functions
    return probability.withColumn(
        "score", Column(functions.vector_to_array(probability["probability"]._jc, "float64"))[1]
    )


def choose_threshold(scored: DataFrame, precision: float) -> float:
    """The threshold with the highest recall among those with at least this precision."""
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
    """The confusion counts and the metrics derived from them; a metric without a denominator is null."""
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
    """The model's trees as plain arrays, with their weights."""
    roots = [tree._call_java("rootNode") for tree in model.trees]
    return [{"weight": weight, **flat(root)} for weight, root in zip(model.treeWeights, roots, strict=True)]


def flat(root) -> dict:
    """A tree as arrays with one value per node, in pre-order: parent, left subtree, right subtree."""
    tree = {name: [] for name in ("feature", "threshold", "categories", "left", "right", "value")}
    add_node(tree, root)
    return tree


def add_node(tree: dict, node) -> int:
    """Appends the node and its subtrees to the arrays, and returns the node's index."""
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
    """The distribution of each feature in the training rows, as counts per bin or category.

    A number belongs to the bin of the last edge that is not above it. So there is one count more than edges,
    and the first counts the values below all edges. A category has the count at its index, and the last count
    is of all other categories.
    """
    total = train.count()
    shares = F.array(*(F.lit(each / REFERENCE_QUANTILES) for each in range(REFERENCE_QUANTILES + 1)))
    quantiles = train.agg(*(quantile(name, shares).alias(name) for name in NUMBERS)).first()
    edges = {name: bin_edges(quantiles[name] or []) for name in NUMBERS}
    counts = count_reference(train, features, edges)
    described = {}
    for feature in features:
        name, known = feature["name"], counts[f"{feature['name']}:known"]
        missing = {"missing": total - known, "total": total}
        if feature["kind"] == "number":
            reached = [known, *(counts[f"{name}:{at}"] for at in range(len(edges[name]))), 0]
            in_bins = [a - b for a, b in zip(reached, reached[1:], strict=False)]
            spread = {"kind": "number", "edges": edges[name], "counts": in_bins}
            described[name] = {**spread, **missing, "quantiles": quantiles[name] or []}
        else:
            categories = feature["categories"]
            each = [counts[f"{name}:{at}"] for at in range(len(categories))]
            spread = {"kind": "category", "categories": categories, "counts": [*each, known - sum(each)]}
            described[name] = {**spread, **missing}
    return described


def count_reference(train: DataFrame, features: list[dict], edges: dict[str, list[float]]) -> Row:
    """Counts, per feature: known values, values at or above each edge, values of each category."""
    return train.agg(
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


def bin_edges(quantiles: list[float]) -> list[float]:
    """Bin edges at each tenth of the rows, and at 95 % and 99 %.

    Equal edges are merged, and an edge at the smallest value is left out: no bin is empty.
    """
    at = [quantiles[round(share * REFERENCE_QUANTILES)] for share in REFERENCE_BINS] if quantiles else []
    return sorted({edge for edge in at if edge > quantiles[0]})


def golden_rows(
    model: GBTClassificationModel, rows: DataFrame, features: list[dict], count: int
) -> list[dict]:
    """Rows with the scores that Spark gives them, to test other implementations of the model.

    A third of the rows is unchanged. A third has about half of its features missing. A third has categories
    that the model has never seen.
    """
    change = F.pmod(F.xxhash64("transaction_id", F.lit("odd")), F.lit(3))
    chosen = golden_choice(rows, count).withColumn("change", change)
    changed = chosen.select(*(changed_feature(name).alias(name) for name in FEATURES))
    scored = score(model, encode(changed, features)).select(*FEATURES, "score").collect()
    return [{"features": {name: row[name] for name in FEATURES}, "score": row["score"]} for row in scored]


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
    models = f"{options.lake.rstrip('/')}/models/fraud"
    folder = f"{models}/{options.version}"
    reference = {"version": options.version, "features": describe_reference(parts[0], features)}
    put_json(spark, f"{folder}/reference.json", reference)
    if options.golden:
        put_json(spark, f"{folder}/golden.json", golden_rows(model, parts[2], features, options.golden))
    put_json(spark, f"{folder}/model.json", described)
    if options.promote:
        put_json(spark, f"{models}/current", {"version": options.version})
    return {name: described[name] for name in ("version", "threshold", "metrics", "dataHash", "trainingRows")}


def put_json(spark: SparkSession, location: str, value) -> None:
    """Writes by one put. Uses Spark's own file system, so the job needs no other S3 client."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    path = spark._jvm.org.apache.hadoop.fs.Path(location)
    stream = path.getFileSystem(spark._jsc.hadoopConfiguration()).create(path, True)
    try:
        stream.write(bytearray(f"{text}\n", "utf-8"))
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
    add("--precision", type=float, default=0.9, help="minimum precision on the validation part")
    add("--promote", choices=("true", "false"), default="false", help="make it the current model")
    add("--golden", type=int, default=0, help="how many rows to write with the scores that Spark gives them")
    add("--train-share", type=float, default=0.7, help="share of the rows to train on: the oldest")
    add("--validation-share", type=float, default=0.15, help="share of the rows to validate on: the next")
    add("--trees", type=int, default=40)
    add("--depth", type=int, default=5)
    add("--step", type=float, default=0.2, help="learning rate: scales the contribution of each tree")
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
