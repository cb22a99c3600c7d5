"""Computes the summary of a day with DuckDB, as JSON lines. bench/daily-workflow.ts compares Postgres with it.

    .isobar/tools/spark-venv/bin/python bench/daily_figures.py <folder of raw objects> 2024-01-01
"""

import json
import sys
from datetime import date, timedelta

import duckdb

MEASURES = ("temperature_c", "humidity_pct", "precipitation_mm", "wind_speed_kmh")
STATISTICS = {
    "min": "min({})",
    "mean": "avg({})",
    "max": "max({})",
    "stddev": "stddev_samp({})",
    "p05": "quantile_cont({}, 0.05)",
    "p50": "quantile_cont({}, 0.5)",
    "p95": "quantile_cont({}, 0.95)",
}


def main(folder: str, day: date) -> None:
    figures = ", ".join(f"{sql.format(m)} as {m}_{name}" for m in MEASURES for name, sql in STATISTICS.items())
    start, end = (f"timestamptz '{each} 00:00:00+00'" for each in (day, day + timedelta(days=1)))
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'; set threads = 2")
    answer = connection.execute(
        f"""with landed as (select distinct on (_topic, _partition, _offset) * from read_parquet('{folder}/*.parquet')
                             where date_time >= {start} and date_time < {end})
            select location, count(*) as observations, {figures},
                   count(distinct date_part('hour', date_time)) filter (precipitation_mm > 0) as rain_hours,
                   count(distinct date_part('hour', date_time)) as hours_seen,
                   count(distinct date_part('hour', date_time)) / 24 as completeness,
                   epoch_us(min(date_time)) as first_seen, epoch_us(max(date_time)) as last_seen
              from landed
             group by location"""
    )
    names = [column[0] for column in answer.description]
    for row in answer.fetchall():
        print(json.dumps(dict(zip(names, row, strict=True))))


if __name__ == "__main__":
    main(sys.argv[1], date.fromisoformat(sys.argv[2]))
