"""Measures the daily Spark job on a generated day: rows/s, CPU, memory, disk and files. See bench/README.md.

    .isobar/tools/spark-venv/bin/python bench/daily.py --rows 10000000 [--objects 500] [--locations 200]
                                                       [--memory 4g] [--folder /tmp]

DuckDB writes the day to a temporary folder, and Spark runs glue-scripts/daily_summary.py on it with two
threads. The folder is always removed. CPU time and memory are read from /proc, so this needs Linux. Half of all
rows have one location, and two of the four measures have no equal values: the hard case for percentiles.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

SCRIPT = Path(__file__).resolve().parents[1] / "glue-scripts/daily_summary.py"
# For raw files, curated files, and Spark's spills when two measures have as many values as rows. The most
# seen is 105.
DISK_BYTES_PER_ROW = 200
DAY, INGEST_DATE = "2024-01-01", "2024-01-02"


def make_day(lake: Path, rows: int, objects: int, locations: int) -> int:
    folder = lake / f"raw/observations/ingest_date={INGEST_DATE}"
    folder.mkdir(parents=True)
    connection = duckdb.connect()
    connection.execute("set threads = 2; set timezone = 'UTC'; select setseed(0.5)")
    each = -(-rows // objects)
    for number in range(objects):
        first = number * each
        last = min(rows, first + each)
        connection.execute(
            f"""copy (
                  select case when random() < 0.5 then 'Metropolis' else 'Place ' || (random() * {locations})::int end as location,
                         timestamptz '{DAY} 00:00:00+00' + to_microseconds(i * 86399000000 // {rows}) as date_time,
                         round(12 + 9 * sin(i) + random(), 1) as temperature_c,
                         random() * 100 as humidity_pct,
                         greatest(0, round(random() * 20 - 17, 1)) as precipitation_mm,
                         random() * 80 as wind_speed_kmh,
                         'incoming/observations/bench.csv@e' as source,
                         i as row,
                         'weather-data' as _topic,
                         (i % 10)::int as _partition,
                         i // 10 as _offset,
                         timestamptz '{INGEST_DATE} 00:00:00+00' as _timestamp
                    from range({first}, {last}) as r(i)
                ) to '{folder}/p{number:06}.parquet' (format parquet, compression gzip)"""
        )
    return sum(file.stat().st_size for file in folder.iterdir())


def run_job(lake: Path, memory: str, rows_per_file: int) -> tuple[dict, float, float, float, int]:
    submit = f"--master local[2] --driver-memory {memory} --conf spark.ui.enabled=false --conf spark.ui.showConsoleProgress=false"
    # Both JIT compilers, as on Glue. The platform's own Spark uses only C1, which suits short jobs better.
    jvm = '--driver-java-options "-XX:+UseSerialGC"'
    local = f"--conf spark.driver.bindAddress=127.0.0.1 --conf spark.driver.host=127.0.0.1 --conf spark.local.dir={lake}/spark"
    command = [sys.executable, str(SCRIPT), "--day", DAY, "--run-id", "bench", "--lake", f"file://{lake}"]
    command += ["--ingest-dates", INGEST_DATE, "--rows-per-file", str(rows_per_file)]
    environment = {**os.environ, "PYSPARK_SUBMIT_ARGS": f"{submit} {jvm} {local} pyspark-shell"}
    environment.pop("SPARK_HOME", None)
    begun = time.monotonic()
    with (lake / "output").open("wb") as output, (lake / "errors").open("wb") as errors:
        job = subprocess.Popen(
            command, cwd=lake, env=environment, stdout=output, stderr=errors, start_new_session=True
        )
        cpu_s = peak_bytes = 0.0
        most_on_disk = 0
        try:
            while job.poll() is None:
                seen = [use_of(each) for each in Path("/proc").glob("[0-9]*") if group_of(each) == job.pid]
                cpu_s = max(cpu_s, sum(cpu for cpu, _ in seen))
                peak_bytes = max(peak_bytes, sum(memory for _, memory in seen))
                most_on_disk = max(most_on_disk, size_of(lake))
                time.sleep(0.5)
        finally:
            if job.returncode is None:
                os.killpg(job.pid, signal.SIGKILL)
    took = time.monotonic() - begun
    if job.returncode != 0:
        sys.exit((lake / "errors").read_text()[-4000:])
    report = json.loads((lake / "output").read_text().splitlines()[-1])
    return report, took, cpu_s, peak_bytes, most_on_disk


def size_of(folder: Path) -> int:
    """Size of a folder. Files may disappear while they are counted."""
    size = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                size += os.stat(os.path.join(place, name)).st_size
            except FileNotFoundError:
                pass
    return size


def group_of(process: Path) -> int | None:
    try:
        return int((process / "stat").read_text().rsplit(") ", 1)[1].split()[2])
    except (OSError, IndexError):
        return None


def use_of(process: Path) -> tuple[float, int]:
    """CPU seconds so far and resident bytes of a process, or zeros when it has ended."""
    try:
        fields = (process / "stat").read_text().rsplit(") ", 1)[1].split()
    except OSError:
        return 0.0, 0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), int(fields[21]) * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--objects", type=int, default=500)
    parser.add_argument("--locations", type=int, default=200)
    parser.add_argument("--memory", default="4g")
    parser.add_argument("--rows-per-file", type=int, default=5_000_000)
    parser.add_argument("--folder", default=tempfile.gettempdir())
    options = parser.parse_args()
    needed, free = options.rows * DISK_BYTES_PER_ROW, shutil.disk_usage(options.folder).free
    if free < needed:
        sys.exit(f"{options.folder} has {free / 2**30:.0f} GiB free; {options.rows:,} rows may need {needed / 2**30:.0f} GiB")
    # Turns SIGTERM into an exit, so that the folder is removed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="isobar-daily-", dir=options.folder) as folder:
        begun = time.monotonic()
        raw = make_day(Path(folder), options.rows, options.objects, options.locations)
        print(f"Day written in {time.monotonic() - begun:.0f} s, {raw / 2**30:.2f} GiB; load {os.getloadavg()[0]:.1f}", flush=True)
        report, took, cpu, peak, disk = run_job(Path(folder), options.memory, options.rows_per_file)
    assert report["rows"] == options.rows, report
    curated = report["curated"]
    print(
        f"{options.rows:,} rows in {options.objects} objects of {raw / options.rows:.1f} B per row: {took:.1f} s, "
        f"{options.rows / took:,.0f} rows/s, {cpu:.1f} CPU-s, peak {peak / 2**30:.2f} GiB of memory, {disk / 2**30:.2f} GiB on disk; "
        f"wrote {curated['files']} files of {curated['bytes'] / options.rows:.1f} B per row, {report['locations']} locations; "
        f"load {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    main()
