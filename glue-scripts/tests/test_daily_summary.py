"""The transforms of the daily summary, each on a few rows."""

import itertools
import random
from datetime import date

import pytest
from conftest import at
from daily_summary import (
    ALERT_COUNTS,
    VERSIONS,
    compact,
    count_records,
    describe_rows,
    of_counted_versions,
    parse_options,
    repeated_rows,
    rows_of_day,
    summarize,
)
from pyspark.sql import functions as F

DAY = date(2024, 1, 1)


def test_a_day_includes_its_first_moment_and_excludes_that_of_the_next_day(landed):
    frame = landed([{"date_time": at(seconds=seconds)} for seconds in (-1, 0, 86_399, 86_400)])
    assert [row["_offset"] for row in rows_of_day(frame, DAY).collect()] == [1, 2]


def test_a_record_that_is_read_twice_is_counted_once(landed):
    frame = landed([{"_offset": 7}, {"_offset": 7}, {"_offset": 7, "_partition": 1}, {"_offset": 8}])
    assert count_records(frame) == (4, 3)


def parts_of(frame) -> list[list]:
    rows = frame.withColumn("part", F.spark_partition_id()).collect()
    return [list(part) for _, part in itertools.groupby(rows, lambda row: row["part"])]


@pytest.mark.parametrize("files", [1, 3])
def test_parts_are_sorted_by_location_and_time_and_hold_every_row(landed, files):
    shuffled = random.Random(1).sample(range(600), 600)
    frame = landed([{"location": f"L{each % 3}", "date_time": at(seconds=each)} for each in shuffled])
    parts = parts_of(compact(frame, files))
    keys = [(row["location"], row["date_time"]) for part in parts for row in part]
    assert keys == sorted(keys) and len(keys) == 600
    assert len(parts) == files


def test_a_location_with_nearly_all_rows_is_split_into_parts(landed):
    common = ({"location": "Common", "date_time": at(seconds=each)} for each in range(999))
    rows = [{"location": "Rare"}, *common]
    parts = parts_of(compact(landed(rows), 4))
    assert max(len(part) for part in parts) < 400


@pytest.fixture(scope="module")
def summary(landed, frame_of):
    """The summary of one frame. Each test uses a location of its own."""
    hours = [(0, 0.0), (0, 1.5), (5, 0.0), (23, 0.1), (23, 0.0)]
    rows = [
        *(
            {"location": "Hours", "date_time": at(hours=hour), "precipitation_mm": rain}
            for hour, rain in hours
        ),
        {"location": "Single", "temperature_c": 3.5},
        *[{"location": "Equal", "temperature_c": 20.1}] * 999,
        *({"location": "Percentiles", "temperature_c": value} for value in (1.0, 2.0, 4.0, 8.0)),
    ]
    alerts = [("Equal", "TEMP_HIGH", 2), ("Equal", "RAIN_HEAVY", 1), ("Elsewhere", "TEMP_HIGH", 9)]
    counts = frame_of([dict(zip(ALERT_COUNTS.names, each, strict=True)) for each in alerts], ALERT_COUNTS)
    return {row["location"]: row.asDict() for row in summarize(landed(rows), counts).collect()}


def test_an_hour_with_several_observations_is_counted_once(summary):
    found = summary["Hours"]
    assert (found["hours_seen"], found["rain_hours"], found["completeness"]) == (3, 2, 3 / 24)
    assert found["first_seen"].hour == 0 and found["last_seen"].hour == 23


def test_the_statistics_of_one_observation_are_its_value_and_no_standard_deviation(summary):
    names = ("min", "mean", "max", "p05", "p50", "p95")
    assert [summary["Single"][f"temperature_c_{name}"] for name in names] == [3.5] * 6
    assert summary["Single"]["temperature_c_stddev"] is None


def test_equal_values_have_a_standard_deviation_of_zero(summary):
    assert summary["Equal"]["temperature_c_stddev"] == pytest.approx(0, abs=1e-12)


def test_percentiles_are_interpolated_between_neighbours(summary):
    found = summary["Percentiles"]
    assert (found["temperature_c_p05"], found["temperature_c_p50"]) == (pytest.approx(1.15), 3.0)
    assert found["temperature_c_p95"] == pytest.approx(7.4)


def test_alerts_are_summed_per_location_and_are_0_without_any(summary):
    assert {name: row["alerts"] for name, row in summary.items() if row["alerts"]} == {"Equal": 3}
    assert summary["Single"]["alerts"] == 0


def test_arguments_that_glue_adds_are_ignored():
    options = parse_options(
        "true --job-bookmark-option job-bookmark-disable --JOB_NAME isobar --JOB_ID j_1 --JOB_RUN_ID jr_1 "
        "--enable-metrics true --day 2024-01-01 --run-id r1 --lake s3://lake "
        "--ingest-dates 2024-01-01,2024-01-02 --TempDir s3://tmp".split()
    )
    assert (options.day, options.run_id, options.ingest_dates) == (DAY, "r1", ["2024-01-01", "2024-01-02"])


def left_out(frame) -> dict[int, bool]:
    return {row["_offset"]: row["is_same"] for row in repeated_rows(frame).collect()}


def test_of_rows_with_one_location_and_time_the_highest_offset_of_their_partition_counts(landed):
    frame = landed(
        [
            {"_offset": 1},
            {"_offset": 3, "_timestamp": at(days=1)},
            {"_offset": 2, "temperature_c": 9.0, "_timestamp": at(days=2)},
            {"_offset": 4, "date_time": at(hours=13)},
            {"_offset": 5, "location": "Oslo"},
        ]
    )
    assert left_out(frame) == {1: True, 2: False}


def test_of_rows_in_several_partitions_the_latest_timestamp_of_their_newest_counts(landed):
    frame = landed(
        [
            {"_partition": 0, "_offset": 900, "_timestamp": at(days=1)},
            {"_partition": 1, "_offset": 5, "_timestamp": at(days=3)},
            {"_partition": 1, "_offset": 6, "_timestamp": at(days=2), "humidity_pct": None},
        ]
    )
    assert left_out(frame) == {900: False, 5: False}


def test_rows_of_versions_that_do_not_count_are_left_out_and_rows_of_no_file_stay(landed, frame_of):
    versions = [
        {"source": "a", "counts": False, "replacement": "b"},
        {"source": "b", "counts": True, "replacement": "b"},
    ]
    frame = landed([{"source": "a"}, {"source": "b"}, {"source": "c"}, {"source": None}])
    kept = of_counted_versions(frame, frame_of(versions, VERSIONS))
    assert sorted(row["_offset"] for row in kept.collect()) == [1, 2, 3]


def test_figures_skip_measures_that_were_not_taken(landed, frame_of):
    nothing = dict.fromkeys(("temperature_c", "humidity_pct", "precipitation_mm", "wind_speed_kmh"))
    frame = landed(
        [
            {"location": "Some", "temperature_c": 1.0, "date_time": at(hours=1)},
            {"location": "Some", "temperature_c": None, "date_time": at(hours=2)},
            {"location": "Some", "temperature_c": 4.0, "date_time": at(hours=3)},
            {"location": "None", **nothing},
        ]
    )
    rows = {row["location"]: row for row in summarize(frame, frame_of([], ALERT_COUNTS)).collect()}
    some, none = rows["Some"], rows["None"]
    assert (some["observations"], some["hours_seen"]) == (3, 3)
    assert (some["temperature_c_mean"], some["temperature_c_p50"], some["temperature_c_max"]) == (2.5, 2.5, 4.0)
    assert (none["observations"], none["hours_seen"], none["rain_hours"]) == (1, 1, 0)
    assert all(none[f"{measure}_mean"] is None and none[f"{measure}_p95"] is None for measure in nothing)


def test_the_digest_tells_which_measure_was_not_taken(landed):
    digests = [
        describe_rows(landed([{"temperature_c": warm, "humidity_pct": humid}]))["digest"]
        for warm, humid in ((5.0, None), (None, 5.0), (5.0, 5.0))
    ]
    assert len(set(digests)) == 3


def test_a_measure_without_any_value_has_no_range(landed):
    ranges = describe_rows(landed([{"humidity_pct": None}]))["ranges"]
    assert ranges["humidity_pct"] == {"min": None, "max": None}
    assert ranges["temperature_c"] == {"min": 20.0, "max": 20.0}
