"""One small Spark session for all tests, and builders of landed rows and of labelled transactions."""

import json
import os
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
# The tests must use the Spark of their own environment, not another one on this machine.
os.environ.pop("SPARK_HOME", None)
JAVA_OPTIONS = f"-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Djava.io.tmpdir={tempfile.gettempdir()}"
os.environ["PYSPARK_SUBMIT_ARGS"] = " ".join(
    [
        "--master local[1] --driver-memory 512m",
        f"--driver-java-options '{JAVA_OPTIONS}'",
        "--conf spark.ui.enabled=false",
        "--conf spark.ui.showConsoleProgress=false",
        "--conf spark.driver.bindAddress=127.0.0.1",
        "--conf spark.driver.host=127.0.0.1",
        "--conf spark.sql.shuffle.partitions=2",
        "pyspark-shell",
    ]
)

START = datetime(2024, 1, 1, tzinfo=UTC)


def at(**since_start) -> datetime:
    return START + timedelta(**since_start)


@pytest.fixture(scope="session")
def spark(tmp_path_factory):
    from daily_summary import start_session

    # Spark writes its warehouse and metastore into the working directory.
    os.chdir(tmp_path_factory.mktemp("spark"))
    session = start_session()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture(scope="session")
def frame_of(spark, tmp_path_factory):
    """Makes a frame of dicts by way of JSON: createDataFrame would start a Python process for each frame."""

    def make(rows: list[dict], schema):
        file = tmp_path_factory.mktemp("frame") / "rows.jsonl"
        file.write_text(as_json_lines(rows))
        return spark.read.schema(schema).json(f"file://{file}")

    return make


@pytest.fixture(scope="session")
def landed(frame_of):
    """Makes a frame of landed rows, with defaults for missing fields."""
    from daily_summary import LANDED

    return lambda rows: frame_of(filled(rows), LANDED)


def as_json_lines(rows: list[dict]) -> str:
    return "\n".join(json.dumps(row, default=datetime.isoformat) for row in rows)


def filled(rows: list[dict]) -> list[dict]:
    return [_filled(row, offset) for offset, row in enumerate(rows)]


def _filled(row: dict, offset: int) -> dict:
    return {
        "location": "Seoul",
        "date_time": at(hours=12),
        "temperature_c": 20.0,
        "humidity_pct": 50.0,
        "precipitation_mm": 0.0,
        "wind_speed_kmh": 10.0,
        "source": "incoming/observations/a.csv@e1",
        "row": offset + 2,
        "_topic": "weather-data",
        "_partition": 0,
        "_offset": offset,
        "_timestamp": at(days=1),
        **row,
    }


@pytest.fixture(scope="module")
def interpreted(spark):
    """Turns code generation off: for a few hundred rows, compiling takes far longer than running."""
    settings = {"spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN"}
    for name, value in settings.items():
        spark.conf.set(name, value)
    yield
    for name in settings:
        spark.conf.unset(name)


def labelled(hour: int, **changes) -> dict:
    """A labelled transaction, one per hour, with defaults for missing features."""
    from train_fraud_model import FEATURES, NUMBERS

    features = {name: 1.0 for name in NUMBERS} | {"merchant_category": "fuel", "country": "DE"}
    features |= {"channel": "pos", "currency": "EUR"}
    features |= {name: value for name, value in changes.items() if name in FEATURES}
    return {
        "transaction_id": f"t-{hour:06}",
        "transaction_time": at(hours=hour),
        "features": features,
        "is_fraud": changes.get("is_fraud", False),
    }
