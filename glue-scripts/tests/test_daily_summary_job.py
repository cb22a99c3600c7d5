"""The whole daily job: on a day, on the same rows in another order or several files, and with a late row."""

import json
import math
import random
import subprocess
from argparse import Namespace
from datetime import date
from pathlib import Path

import duckdb
import pytest
from conftest import START, as_json_lines, at, filled
from daily_summary import LANDED, MEASURES, run

DAY = date(2024, 1, 1)
TABLES = ("curated/observations", "daily/weather_summary", "daily/loads")


class Lake:
    """A lake in a folder, with raw objects like those of land-observations."""

    def __init__(self, folder: Path):
        self.folder = folder

    def land(self, rows: list[dict], ingest_date: str, objects: int) -> None:
        folder = self.folder / f"raw/observations/ingest_date={ingest_date}"
        folder.mkdir(parents=True, exist_ok=True)
        file = folder.with_suffix(".jsonl")
        for each in range(objects):
            file.write_text(as_json_lines(rows[each::objects]))
            target = f"{folder}/{len(list(folder.iterdir()))}.parquet"
            duck(f"copy (from read_json('{file}', columns = {COLUMNS})) to '{target}'")

    def run(
        self, spark, run_id: str, alerts: list[dict] = (), rows_per_file=5_000_000, versions: list[dict] = ()
    ) -> dict:
        counts, of_files = self.folder / "alerts.jsonl", self.folder / "versions.jsonl"
        counts.write_text(as_json_lines(alerts))
        of_files.write_text(as_json_lines(versions))
        dates = (each for each in (self.folder / "raw/observations").iterdir() if each.is_dir())
        options = {
            "lake": f"file://{self.folder}",
            "day": DAY,
            "run_id": run_id,
            "ingest_dates": [each.name.removeprefix("ingest_date=") for each in dates],
            "alert_counts": f"file://{counts}" if alerts else None,
            "versions": f"file://{of_files}",
            "rows_per_file": rows_per_file,
        }
        return run(spark, Namespace(**options))

    def of_run(self, table: str, run_id: str) -> Path:
        return self.folder / f"{table}/event_date={DAY}/run={run_id}"

    def files(self, table: str, run_id: str) -> list[Path]:
        return sorted(self.of_run(table, run_id).glob("*.parquet"))


COLUMNS = {
    "location": "varchar",
    "date_time": "timestamptz",
    **dict.fromkeys(MEASURES, "double"),
    "source": "varchar",
    "row": "bigint",
    "_topic": "varchar",
    "_partition": "int",
    "_offset": "bigint",
    "_timestamp": "timestamptz",
}


def duck(sql: str) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    return connection.execute(sql)


def weather(count: int, seed: int, first_offset=0) -> list[dict]:
    """Rows of a day and a little beyond it, no two at one time; half of them are of one location."""
    dice = random.Random(seed)
    seconds = dice.sample(range(-3_600 + seed % 2, 90_000, 2), count)
    locations = ["Seoul"] * 5 + ["Oslo", "Lima", "Cairo", "Pune", "Nuuk"]
    rows = [
        {
            "location": dice.choice(locations),
            "date_time": at(seconds=seconds[each]),
            "temperature_c": round(dice.gauss(12, 9), 1),
            "humidity_pct": dice.uniform(5, 100),
            "precipitation_mm": max(0.0, round(dice.gauss(-3, 3), 1)),
            "wind_speed_kmh": abs(dice.gauss(0, 30)),
            "_partition": dice.randrange(10),
            "_offset": first_offset + each,
        }
        for each in range(count)
    ]
    return filled(rows)


FIRST, SECOND = weather(2_000, seed=5), weather(1_000, seed=6, first_offset=2_000)
NAMELESS = filled([{"location": "", "temperature_c": -71.5, "_offset": 3_000}])
TWICE = [row for row in FIRST if 0 <= (row["date_time"] - START).total_seconds() < 86_400][:10]
ALERTS = [
    {"location": "Seoul", "alert_type": "TEMP_HIGH", "alerts": 4},
    {"location": "Seoul", "alert_type": "RAIN_HEAVY", "alerts": 1},
    {"location": "Oslo", "alert_type": "WIND_STRONG", "alerts": 2},
]


@pytest.fixture(scope="module")
def published(spark, tmp_path_factory) -> tuple[Lake, dict]:
    lake = Lake(tmp_path_factory.mktemp("lake"))
    lake.land(FIRST, "2024-01-02", objects=3)
    lake.land([*SECOND, *TWICE, *NAMELESS], "2024-01-03", objects=2)
    for table in TABLES:
        lake.of_run(table, "r1").mkdir(parents=True)
        half_written = lake.of_run(table, "r1") / "part-00000-of-a-killed-attempt.parquet"
        half_written.write_bytes(b"half a file")
    return lake, lake.run(spark, "r1", ALERTS)


@pytest.fixture(scope="module")
def landed_in_other_order(spark, tmp_path_factory) -> tuple[Lake, dict]:
    lake = Lake(tmp_path_factory.mktemp("other"))
    lake.land([*NAMELESS, *SECOND[::-1]], "2024-01-02", objects=1)
    lake.land(FIRST[::-1], "2024-02-01", objects=4)
    return lake, lake.run(spark, "r2", ALERTS)


@pytest.fixture(scope="module")
def in_several_files(spark, landed_in_other_order) -> tuple[Lake, dict]:
    """The same rows again, with a limit that makes several files."""
    lake, _ = landed_in_other_order
    return lake, lake.run(spark, "r4", ALERTS, rows_per_file=1_000)


@pytest.fixture(scope="module")
def corrected(spark, in_several_files) -> tuple[Lake, dict]:
    lake, _ = in_several_files
    late = filled(
        [{"location": "Seoul", "date_time": at(minutes=0.001), "temperature_c": 99.0, "_offset": 9_999}]
    )
    lake.land(late, "2024-03-01", objects=1)
    return lake, lake.run(spark, "r3", ALERTS)


def test_every_figure_equals_an_independent_computation(published):
    lake, report = published
    measures = ", ".join(
        f"""min({m}) {m}_min, avg({m}) {m}_mean, max({m}) {m}_max, stddev_samp({m}) {m}_stddev,
        quantile_cont({m}, 0.05) {m}_p05, quantile_cont({m}, 0.5) {m}_p50,
        quantile_cont({m}, 0.95) {m}_p95"""
        for m in MEASURES
    )
    answer = duck(
        f"""with landed as (
                select distinct on (_topic, _partition, _offset) *
                  from read_parquet('{lake.folder}/raw/observations/*/*.parquet')
                 where date_time >= timestamptz '2024-01-01 00:00:00+00'
                   and date_time < timestamptz '2024-01-02 00:00:00+00'
            ),
            alerts as (
                select location, sum(alerts)::bigint alerts
                  from read_json('{lake.folder}/alerts.jsonl')
                 group by location
            )
            select location, count(*) observations, {measures},
                   count(distinct date_part('hour', date_time)) filter (precipitation_mm > 0) rain_hours,
                   count(distinct date_part('hour', date_time)) hours_seen,
                   count(distinct date_part('hour', date_time)) / 24 completeness,
                   coalesce(any_value(alerts), 0) alerts,
                   epoch_us(min(date_time)) first_seen, epoch_us(max(date_time)) last_seen
              from landed left join alerts using (location)
             group by location order by location"""
    )
    names = [column[0] for column in answer.description]
    expected = answer.fetchall()
    [file] = lake.files("daily/weather_summary", "r1")
    # Times as numbers: DuckDB needs another package to make a datetime with a zone.
    times = "epoch_us(first_seen) as first_seen, epoch_us(last_seen) as last_seen"
    answer = duck(f"select * replace ({times}) from read_parquet('{file}', hive_partitioning = false)")
    assert names == [column[0] for column in answer.description]
    found = answer.fetchall()
    assert len(found) == len(expected) == report["locations"] == 7
    for row, wanted in zip(found, expected, strict=True):
        for name, value, want in zip(names, row, wanted, strict=True):
            if isinstance(want, float):
                assert math.isclose(value, want, rel_tol=1e-9, abs_tol=1e-9), (row[0], name, value, want)
            else:
                assert value == want, (row[0], name)
    alerts = {row[0]: row[names.index("alerts")] for row in found}
    assert {location: count for location, count in alerts.items() if count} == {"Seoul": 5, "Oslo": 2}


def test_records_that_landed_twice_are_counted_once_and_reported(published):
    _, report = published
    assert report["duplicates"] == len(TWICE) == 10
    assert report["rows"] == report["rows_read"] - 10


def test_the_report_holds_what_the_quality_check_needs(published):
    lake, report = published
    written = json.loads((lake.folder / f"daily/reports/event_date={DAY}/run=r1.json").read_text())
    assert written == report
    [curated] = lake.files("curated/observations", "r1")
    figures = "count(*), min(temperature_c), max(precipitation_mm)"
    rows, coldest, wettest = duck(f"select {figures} from '{curated}'").fetchone()
    assert (report["rows"], report["null_keys"]) == (rows, 1)
    assert report["ranges"]["temperature_c"]["min"] == coldest == -71.5
    assert report["ranges"]["precipitation_mm"]["max"] == wettest
    assert (report["incomplete_locations"], report["fewest_hours_seen"]) == (1, 1)


def test_the_rows_to_load_are_the_rows_of_the_table(published):
    lake, report = published
    [load] = report["load"]
    rows = [json.loads(line) for line in Path(load.removeprefix("file://")).read_text().splitlines()]
    [file] = lake.files("daily/weather_summary", "r1")
    columns = "location, temperature_c_mean, temperature_c_stddev, rain_hours"
    assert duck(f"select {columns} from '{file}'").fetchall() == [
        tuple(row[name] for name in columns.split(", ")) for row in rows
    ]


def test_a_run_that_starts_again_replaces_the_files_of_its_killed_attempt(published):
    lake, _ = published
    for table in TABLES:
        names = [each.name for each in lake.of_run(table, "r1").iterdir() if each.name.startswith("part-")]
        assert len(names) == 1 and "killed" not in names[0]


def test_the_same_rows_give_the_same_bytes_in_whatever_order_they_landed(published, landed_in_other_order):
    (one, report), (other, report_again) = published, landed_in_other_order
    assert (report_again["digest"], report_again["duplicates"]) == (report["digest"], 0)
    for table in ("curated/observations", "daily/weather_summary"):
        [file], [same] = one.files(table, "r1"), other.files(table, "r2")
        assert file.read_bytes() == same.read_bytes(), table


def test_a_day_in_several_files_has_the_same_rows_in_the_same_order(published, in_several_files):
    (one, report), (several, report_again) = published, in_several_files
    files = several.files("curated/observations", "r4")
    assert report_again["curated"]["files"] == len(files) == 3
    assert report_again["digest"] == report["digest"]
    [whole] = one.files("curated/observations", "r1")
    # Times as numbers: DuckDB needs another package to make a datetime with a zone.
    times = "epoch_us(date_time) as date_time, epoch_us(_timestamp) as _timestamp"
    rows_of = f"select * replace ({times}) from read_parquet('{{}}', hive_partitioning = false)"
    rows = [row for file in files for row in duck(rows_of.format(file)).fetchall()]
    assert rows == duck(rows_of.format(whole)).fetchall()
    [summary], [same] = one.files("daily/weather_summary", "r1"), several.files("daily/weather_summary", "r4")
    assert summary.read_bytes() == same.read_bytes()


def test_the_catalog_has_the_columns_that_the_job_reads_and_writes(spark, published):
    lake, _ = published
    root = Path(__file__).resolve().parents[2]
    script = "import { lakeTables } from './lib/analytics/tables.ts'; console.log(JSON.stringify(lakeTables))"
    node = [root / "node_modules/.bin/node", "--input-type=module", "--eval", script]
    output = subprocess.run(node, cwd=root, capture_output=True, text=True, check=True).stdout
    tables = {
        table["name"]: [(column["name"], column["type"]) for column in table["columns"]]
        for table in json.loads(output)
    }
    assert columns_of(LANDED) == tables["raw_observations"] == tables["curated_observations"]
    [summary] = lake.files("daily/weather_summary", "r1")
    assert columns_of(spark.read.parquet(f"file://{summary}").schema) == tables["daily_weather"]


def columns_of(schema) -> list[tuple[str, str]]:
    return [(field.name, field.dataType.simpleString()) for field in schema]


def test_a_late_row_changes_the_digest_and_the_summary(landed_in_other_order, corrected):
    (_, before), (lake, after) = landed_in_other_order, corrected
    assert after["rows"] == before["rows"] + 1 and after["digest"] != before["digest"]
    [file] = lake.files("daily/weather_summary", "r3")
    assert duck(f"select temperature_c_max from '{file}' where location = 'Seoul'").fetchall() == [(99.0,)]


OLD, NEW = "old-version1", "new-version1"


def of_file(source: str, values: list[tuple[int, float]], first_offset: int) -> list[dict]:
    """A row for each hour and temperature."""
    return filled(
        [
            {
                "date_time": at(hours=hour),
                "temperature_c": value,
                "source": source,
                "_offset": first_offset + place,
            }
            for place, (hour, value) in enumerate(values)
        ]
    )


@pytest.fixture(scope="module")
def with_versions(spark, tmp_path_factory) -> tuple[Lake, dict]:
    lake = Lake(tmp_path_factory.mktemp("versions"))
    lake.land(of_file(OLD, [(1, 1.0), (2, 2.0), (3, 3.0)], 0), "2024-01-02", objects=1)
    lake.land(of_file(NEW, [(1, 1.0), (2, 2.5), (4, 4.0)], 10), "2024-01-03", objects=1)
    lake.land(of_file("other-file-1", [(4, 4.0), (5, 5.0), (5, 6.0)], 20), "2024-01-03", objects=1)
    versions = [
        {"source": OLD, "counts": False, "replacement": NEW},
        {"source": NEW, "counts": True, "replacement": NEW},
    ]
    return lake, lake.run(spark, "r5", versions=versions)


def test_one_version_of_a_file_and_the_newest_of_repeated_rows_count(with_versions):
    lake, report = with_versions
    [file] = lake.files("curated/observations", "r5")
    figures = "date_part('hour', date_time)::int, temperature_c, source"
    assert duck(f"select {figures} from '{file}' order by date_time").fetchall() == [
        (1, 1.0, NEW),
        (2, 2.5, NEW),
        (4, 4.0, "other-file-1"),
        (5, 6.0, "other-file-1"),
    ]
    counts = ("records", "superseded", "same_values", "other_values", "rows")
    assert [report[each] for each in counts] == [9, 3, 1, 1, 4]


def test_rows_left_out_and_replaced_are_counted_by_file(with_versions):
    _, report = with_versions
    [file] = report["files"]
    lines = [json.loads(line) for line in Path(file.removeprefix("file://")).read_text().splitlines()]
    nothing = {"rows_added": None, "rows_removed": None, "rows_changed": None}
    assert sorted(lines, key=lambda line: line["source"]) == [
        {
            "source": NEW,
            "same_values": 1,
            "other_values": 0,
            "rows_added": 1,
            "rows_removed": 1,
            "rows_changed": 1,
        },
        {"source": "other-file-1", "same_values": 0, "other_values": 1, **nothing},
    ]


def test_a_day_whose_rows_are_all_of_replaced_versions_has_no_rows(spark, tmp_path):
    lake = Lake(tmp_path)
    lake.land(of_file(OLD, [(1, 1.0)], 0), "2024-01-02", objects=1)
    report = lake.run(spark, "r6", versions=[{"source": OLD, "counts": False, "replacement": None}])
    assert (report["rows"], report["records"], report["superseded"], report["locations"]) == (0, 1, 1, 0)


def test_a_conflict_in_one_file_counts_its_newest_row(spark, tmp_path):
    lake = Lake(tmp_path)
    lake.land(of_file("conflict-file", [(1, 1.0), (2, 10.0), (2, 20.0)], 0), "2024-01-02", objects=1)
    report = lake.run(spark, "r7")
    assert (report["rows"], report["records"], report["other_values"]) == (2, 3, 1)
    [file] = lake.files("daily/weather_summary", "r7")
    assert duck(f"select temperature_c_mean from '{file}'").fetchall() == [(10.5,)]
