"""One small Spark session for all tests, and rows as the landing function writes them."""

import json
import os
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
# Another Spark on this machine must not be taken for the one of this environment.
os.environ.pop("SPARK_HOME", None)
os.environ["PYSPARK_SUBMIT_ARGS"] = " ".join(
    [
        "--master local[1] --driver-memory 512m",
        f'--driver-java-options "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Djava.io.tmpdir={tempfile.gettempdir()}"',
        "--conf spark.ui.enabled=false",
        "--conf spark.ui.showConsoleProgress=false",
        "--conf spark.driver.bindAddress=127.0.0.1",
        "--conf spark.driver.host=127.0.0.1",
        "--conf spark.sql.shuffle.partitions=2",
        "pyspark-shell",
    ]
)

DAY = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="session")
def spark(tmp_path_factory):
    from daily_summary import start_session

    # Spark leaves its warehouse and metastore in the working directory.
    os.chdir(tmp_path_factory.mktemp("spark"))
    session = start_session()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture(scope="session")
def frame_of(spark, tmp_path_factory):
    """Makes a frame of dicts, by way of JSON: createDataFrame would start a Python beside the JVM for each frame."""

    def make(rows: list[dict], schema):
        file = tmp_path_factory.mktemp("frame") / "rows.jsonl"
        file.write_text(as_json_lines(rows))
        return spark.read.schema(schema).json(f"file://{file}")

    return make


@pytest.fixture(scope="session")
def landed(frame_of):
    """Makes a frame of landed rows; what a row does not say is filled in."""
    from daily_summary import LANDED

    return lambda rows: frame_of(filled(rows), LANDED)


def as_json_lines(rows: list[dict]) -> str:
    return "\n".join(json.dumps(row, default=datetime.isoformat) for row in rows)


def filled(rows: list[dict]) -> list[dict]:
    return [_filled(row, offset) for offset, row in enumerate(rows)]


def _filled(row: dict, offset: int) -> dict:
    return {
        "location": "Seoul",
        "date_time": DAY + timedelta(hours=12),
        "temperature_c": 20.0,
        "humidity_pct": 50.0,
        "precipitation_mm": 0.0,
        "wind_speed_kmh": 10.0,
        "source": "incoming/observations/a.csv@e1",
        "row": offset + 2,
        "_topic": "weather-data",
        "_partition": 0,
        "_offset": offset,
        "_timestamp": DAY + timedelta(days=1),
        **row,
    }
