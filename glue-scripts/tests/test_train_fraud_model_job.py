"""The whole training job, on a small data set."""

import json
import random
from datetime import datetime
from pathlib import Path

import pytest
from conftest import labelled
from train_fraud_model import (
    CATEGORIES,
    NUMBERS,
    CannotTrain,
    drift_from_model_before,
    parse_options,
    read_rows,
    train,
)

pytestmark = pytest.mark.usefixtures("interpreted")


def data_set(folder: Path) -> str:
    """Frauds come with many transactions in an hour, or from far away; some frauds look like other rows."""
    dice = random.Random(7)
    rows = []
    for at in range(600):
        fraud = dice.random() < 0.15
        odd = fraud and dice.random() < 0.9
        rows.append(
            labelled(
                at,
                is_fraud=fraud,
                transactions_last_hour=float(dice.randint(4, 9) if odd else dice.randint(0, 3)),
                amount_log=dice.uniform(1, 6),
                country=dice.choice(["NG", "BR"] if odd and dice.random() < 0.5 else ["DE", "FR"]),
                seconds_since_last=None if dice.random() < 0.1 else dice.uniform(0, 1e5),
            )
        )
    file = folder / "training.jsonl"
    # One transaction is there twice, as in an export that was written again.
    file.write_text("\n".join(json.dumps(row, default=datetime.isoformat) for row in [*rows, rows[5]]))
    return f"file://{file}"


def options_of(folder: Path, data: str, *more: str):
    arguments = ["--data", data, "--lake", f"file://{folder}", "--trained-at", "2024-02-01T00:00:00Z"]
    arguments += ["--trees", "20", "--leaves", "4", "--precision", "0.8", "--min-class-rows", "20", *more]
    return parse_options([*arguments, "--JOB_NAME", "isobar-train"])


def test_the_same_rows_give_the_same_bytes_and_only_promotion_makes_a_model_current(spark, tmp_path):
    data, folder = data_set(tmp_path), tmp_path / "models/fraud"
    result = train(spark, options_of(tmp_path, data, "--version", "v", "--golden", "30"))
    names = ("model.json", "reference.json", "golden.json", "report.json", "report.html")
    files = {name: (folder / "v" / name).read_bytes() for name in names}
    assert not (folder / "current").exists()

    train(spark, options_of(tmp_path, data, "--version", "v", "--golden", "30", "--promote", "true"))
    assert {name: (folder / "v" / name).read_bytes() for name in files} == files
    assert json.loads((folder / "current").read_text()) == {"version": "v"}

    model = json.loads(files["model.json"])
    assert {name: model[name] for name in result} == result
    assert (model["format"], model["version"], model["trainedAt"]) == (2, "v", "2024-02-01T00:00:00Z")
    assert min(model["calibration"]["a"], model["calibration"]["b"]) > 0
    assert [feature["name"] for feature in model["features"]] == [*NUMBERS, *CATEGORIES]
    assert len(model["trees"]) == 20
    assert sum(model["metrics"][part]["rows"] for part in ("training", "test")) == 600
    assert model["metrics"]["training"]["precision"] >= model["metrics"]["statedPrecision"] == 0.8
    assert model["metrics"]["test"]["recall"] > 0.6

    reference = json.loads(files["reference.json"])
    for dimension, segments in reference["segmentFeatures"].items():
        of_dimension = reference["features"][dimension]
        sizes = dict(zip(of_dimension["categories"], of_dimension["counts"], strict=False))
        assert {segment: {sum(counts) for counts in each.values()} for segment, each in segments.items()} == {
            segment: {size} for segment, size in sizes.items()
        }

    golden = json.loads(files["golden.json"])
    assert len(golden) == 30
    assert any(row["features"]["country"] == "never seen" for row in golden)
    assert any(row["features"]["amount_log"] is None for row in golden)
    unchanged = [row["features"] for row in golden if row["features"]["country"] in ("DE", "FR")]
    assert any(features["amount_log"] is not None for features in unchanged)


def test_the_report_agrees_with_the_model_and_measures_drift_from_the_model_in_use(spark, tmp_path):
    data, folder = data_set(tmp_path), tmp_path / "models/fraud"
    train(spark, options_of(tmp_path, data, "--version", "one"))
    shipped = f"file://{folder}/one/reference.json"
    train(
        spark, options_of(tmp_path, data, "--version", "two", "--seed", "2", "--shipped-reference", shipped)
    )
    one, two = (json.loads((folder / each / "report.json").read_text()) for each in ("one", "two"))
    assert one["drift"]["before"] is None
    assert (two["drift"]["before"]["version"], two["drift"]["before"]["overall"]) == ("one", 0)
    assert list(two["drift"]["before"]["features"]) == list(two["importances"]) == [*NUMBERS, *CATEGORIES]
    assert two["drift"]["test"]["features"]["transactions_last_day"] == {
        **{"score": 0.0, "psi": 0.0, "missing": [0.0, 0.0]},
        "coversCycle": True,
    }
    assert sum(each["gain"] for each in two["importances"].values()) == pytest.approx(1)

    model = json.loads((folder / "two/model.json").read_text())
    page = (folder / "two/report.html").read_text()
    for part in ("test", "training"):
        described, metrics = two[part], model["metrics"][part]
        assert described["rows"] == metrics["rows"]
        assert described["frauds"] == metrics["truePositives"] + metrics["falseNegatives"]
        assert described["figures"]["meanScore"][0] == pytest.approx(metrics["meanScore"])
        # The threshold is on the curve, or below it.
        near = [each for each in described["precisionRecall"] if abs(each[1] - metrics["recall"]) < 0.01]
        assert max(precision for _, _, precision in near) >= metrics["precision"]
        for key in ("precision", "recall", "f1", "accuracy"):
            assert f'<td class="number">{metrics[key]:.4f}</td>' in page
        value, (low, high) = described["figures"]["averagePrecision"]
        assert low <= value <= high and f"{value:.4f} <small>({low:.4f} to {high:.4f})</small>" in page
    assert "--seed 2" in page and model["dataHash"] in page

    def before(*shipped_references) -> str | None:
        rows = read_rows(spark, [data], 1_000)
        drift = drift_from_model_before(spark, f"file://{folder}", *shipped_references, rows)
        return drift and drift["version"]

    assert before(None) is None
    (folder / "current").write_text('{"version": "two"}')
    assert before(shipped) == "two"
    (folder / "current").write_text('{"version": "one"}')
    (folder / "one").rename(folder / "moved")
    assert before(f"file://{folder}/moved/reference.json") == "one"
    assert before(f"file://{folder}/two/reference.json") is None


def test_too_few_frauds_are_an_error_that_counts_them(spark, tmp_path):
    options = options_of(tmp_path, data_set(tmp_path), "--version", "v", "--min-class-rows", "400")
    with pytest.raises(CannotTrain, match=r"\d+ frauds and \d+ others, expected at least 400 of each"):
        train(spark, options)
    assert not (tmp_path / "models").exists()
