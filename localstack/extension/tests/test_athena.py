"""Athena's API: states, results, workgroups, all kinds of tables, statements that write."""

import csv
import io
import json

import duckdb
import pytest
from botocore.exceptions import ClientError
from conftest import unique, wait_for
from test_cloudformation import stack  # noqa: F401  (a fixture)

ENDED = ("SUCCEEDED", "FAILED", "CANCELLED")


class Athena:
    """A client with its own database, workgroup, and bucket for data and results."""

    def __init__(self, localstack):
        self.client = localstack.client("athena")
        self.glue = localstack.client("glue")
        self.s3 = localstack.client("s3")
        self.bucket, self.database, self.workgroup = (
            unique("lake"),
            unique("db").replace("-", "_"),
            unique("wg"),
        )
        self.s3.create_bucket(Bucket=self.bucket)
        self.glue.create_database(DatabaseInput={"Name": self.database})
        self.client.create_work_group(
            Name=self.workgroup,
            Configuration={"ResultConfiguration": {"OutputLocation": f"s3://{self.bucket}/results/"}},
        )

    def start(self, sql: str, **more) -> str:
        request = {
            "QueryString": sql,
            "WorkGroup": self.workgroup,
            "QueryExecutionContext": {"Database": self.database},
            **more,
        }
        return self.client.start_query_execution(**request)["QueryExecutionId"]

    def end(self, execution_id: str) -> dict:
        def ended():
            execution = self.client.get_query_execution(QueryExecutionId=execution_id)["QueryExecution"]
            return execution if execution["Status"]["State"] in ENDED else None

        return wait_for(ended, within_s=180)

    def run(self, sql: str, **more) -> dict:
        execution = self.end(self.start(sql, **more))
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"].get("StateChangeReason")
        return execution

    def rows(self, sql: str, **more) -> list[list[str | None]]:
        """All rows, without the headings."""
        execution = self.run(sql, **more)
        pages = self.client.get_paginator("get_query_results").paginate(
            QueryExecutionId=execution["QueryExecutionId"]
        )
        rows = [
            [datum.get("VarCharValue") for datum in row["Data"]]
            for page in pages
            for row in page["ResultSet"]["Rows"]
        ]
        return rows[1:] if execution["SubstatementType"] == "SELECT" else rows

    def failure(self, sql: str, **more) -> str:
        execution = self.end(self.start(sql, **more))
        assert execution["Status"]["State"] == "FAILED", execution["Status"]
        return execution["Status"]["StateChangeReason"]

    def put(self, key: str, body: str | bytes) -> None:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)

    def put_parquet(self, key: str, query: str, folder) -> None:
        path = folder / "object.parquet"
        duckdb.sql(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
        self.put(key, path.read_bytes())

    def table(
        self, name: str, columns: dict[str, str], *, keys=None, serde="parquet", location=None, **more
    ) -> None:
        library = {
            "parquet": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
            "json": "org.openx.data.jsonserde.JsonSerDe",
            "csv": "org.apache.hadoop.hive.serde2.OpenCSVSerde",
            "text": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
        }[serde]
        settings = more.pop("serde_parameters", {})
        self.glue.create_table(
            DatabaseName=self.database,
            TableInput={
                "Name": name,
                "TableType": "EXTERNAL_TABLE",
                "PartitionKeys": [{"Name": key, "Type": kind} for key, kind in (keys or {}).items()],
                "StorageDescriptor": {
                    "Columns": [{"Name": column, "Type": kind} for column, kind in columns.items()],
                    "Location": location or f"s3://{self.bucket}/{name}/",
                    "SerdeInfo": {"SerializationLibrary": library, "Parameters": settings},
                },
                **more,
            },
        )


@pytest.fixture(scope="module")
def athena(localstack):
    return Athena(localstack)


def test_a_query_goes_through_its_states_to_a_result_in_s3(athena):
    execution = athena.run(
        "SELECT 1 AS n, 'a\"b' AS \"Text\", CAST(NULL AS varchar) AS nothing, '' AS empty, 2.50"
    )
    assert execution["StatementType"] == "DML"
    assert execution["Status"]["CompletionDateTime"] >= execution["Status"]["SubmissionDateTime"]
    location = execution["ResultConfiguration"]["OutputLocation"]
    assert location == f"s3://{athena.bucket}/results/{execution['QueryExecutionId']}.csv"
    body = athena.s3.get_object(Bucket=athena.bucket, Key=location.split("/", 3)[3])["Body"].read().decode()
    assert body == '"n","Text","nothing","empty","_col4"\n"1","a""b",,"","2.50"\n'
    result = athena.client.get_query_results(QueryExecutionId=execution["QueryExecutionId"])["ResultSet"]
    assert result["Rows"][0]["Data"][4] == {"VarCharValue": "_col4"}
    assert result["Rows"][1]["Data"][2:4] == [{}, {"VarCharValue": ""}]
    shown = [
        (each["Name"], each["Type"], each["Precision"], each["Scale"])
        for each in result["ResultSetMetadata"]["ColumnInfo"]
    ]
    assert shown[0] == ("n", "integer", 10, 0)
    assert shown[4] == ("_col4", "decimal", 3, 2)


def test_results_come_in_pages_with_the_headings_first(athena):
    execution = athena.run("SELECT x FROM UNNEST(sequence(1, 2500)) AS t(x) ORDER BY x")
    pages = athena.client.get_paginator("get_query_results").paginate(
        QueryExecutionId=execution["QueryExecutionId"], PaginationConfig={"PageSize": 1000}
    )
    values = [[row["Data"][0]["VarCharValue"] for row in page["ResultSet"]["Rows"]] for page in pages]
    assert [len(page) for page in values] == [1000, 1000, 501]
    assert [value for page in values for value in page] == ["x", *[str(n) for n in range(1, 2501)]]


def test_a_failed_query_has_athenas_reason(athena):
    execution = athena.end(athena.start("SELECT missing FROM (VALUES 1) AS t(x)"))
    assert (
        execution["Status"]["StateChangeReason"]
        == "COLUMN_NOT_FOUND: line 1:8: Column 'missing' cannot be resolved"
    )
    assert execution["Status"]["AthenaError"]["ErrorCategory"] == 2
    with pytest.raises(ClientError) as refused:
        athena.client.get_query_results(QueryExecutionId=execution["QueryExecutionId"])
    assert (
        refused.value.response["Error"]["Message"]
        == "Query did not finish successfully. Final query state: FAILED"
    )
    assert athena.failure("SELECT * FROM nowhere").endswith(
        f"Table 'awsdatacatalog.{athena.database}.nowhere' does not exist"
    )
    assert athena.failure("SELEC 1").startswith("SYNTAX_ERROR")


def test_a_running_query_can_be_stopped(athena):
    slow = (
        "WITH n AS (SELECT x FROM UNNEST(sequence(1, 10000)) AS t(x)) "
        "SELECT count(*) FROM n a CROSS JOIN n b CROSS JOIN n c WHERE a.x * b.x * c.x % 7 = 3"
    )
    execution_id = athena.start(slow)
    wait_for(
        lambda: (
            athena.client.get_query_execution(QueryExecutionId=execution_id)["QueryExecution"]["Status"][
                "State"
            ]
            == "RUNNING"
        )
    )
    athena.client.stop_query_execution(QueryExecutionId=execution_id)
    status = athena.end(execution_id)["Status"]
    assert (status["State"], status["StateChangeReason"]) == ("CANCELLED", "Query cancelled by user")


def test_the_same_token_starts_one_query(athena):
    token = unique("t") + "0" * 32
    first = athena.start("SELECT 1", ClientRequestToken=token)
    assert athena.start("SELECT 1", ClientRequestToken=token) == first
    with pytest.raises(ClientError, match="Idempotent parameters do not match"):
        athena.start("SELECT 2", ClientRequestToken=token)
    listed = athena.client.list_query_executions(WorkGroup=athena.workgroup)["QueryExecutionIds"]
    assert listed[0] == first
    batch = athena.client.batch_get_query_execution(QueryExecutionIds=[first, "none"])
    assert [each["QueryExecutionId"] for each in batch["QueryExecutions"]] == [first]
    assert [each["QueryExecutionId"] for each in batch["UnprocessedQueryExecutionIds"]] == ["none"]


def test_a_workgroup_enforces_its_result_location_and_can_be_disabled(athena):
    elsewhere = {"ResultConfiguration": {"OutputLocation": f"s3://{athena.bucket}/elsewhere/"}}
    execution = athena.run("SELECT 1", **elsewhere)
    assert "/results/" in execution["ResultConfiguration"]["OutputLocation"]
    name = unique("free")
    athena.client.create_work_group(Name=name, Configuration={"EnforceWorkGroupConfiguration": False})
    assert (
        "/elsewhere/"
        in athena.run("SELECT 1", WorkGroup=name, **elsewhere)["ResultConfiguration"]["OutputLocation"]
    )
    with pytest.raises(ClientError, match="No output location provided"):
        athena.start("SELECT 1", WorkGroup=name)
    athena.client.update_work_group(WorkGroup=name, State="DISABLED")
    with pytest.raises(ClientError, match="is disabled"):
        athena.start("SELECT 1", WorkGroup=name, **elsewhere)
    with pytest.raises(ClientError, match="WorkGroup none is not found"):
        athena.start("SELECT 1", WorkGroup="none")


def test_timestamps_with_and_without_a_zone_in_the_files_of_one_table_are_read_as_utc(athena, tmp_path):
    at = "TIMESTAMP '2024-01-01 09:00:00'"
    for order, kinds in {"older": ("", "TZ"), "newer": ("TZ", "")}.items():
        for file, kind in enumerate(kinds):
            value = f"{at} AT TIME ZONE 'UTC'" if kind else at
            athena.put_parquet(f"{order}/{file}.parquet", f"SELECT {value} AS date_time", tmp_path)
        athena.table(order, {"date_time": "timestamp"})
        assert (
            athena.rows(f"SELECT CAST(date_time AS varchar), date_time FROM {order}")
            == [["2024-01-01 09:00:00.000", "2024-01-01 09:00:00.000"]] * 2
        )


def test_parquet_is_read_by_name_and_a_column_it_lacks_is_null(athena, tmp_path):
    athena.put_parquet("grown/1.parquet", "SELECT 1 AS id, 'a' AS \"Name\"", tmp_path)
    athena.put_parquet(
        "grown/2.parquet",
        "SELECT CAST(2 AS BIGINT) AS id, 'b' AS name, 1.5::DECIMAL(10,2) AS amount, [1, 2] AS tags",
        tmp_path,
    )
    athena.put("grown/_SUCCESS", "not Parquet")
    athena.table(
        "grown",
        {
            "id": "bigint",
            "name": "string",
            "amount": "decimal(10,2)",
            "tags": "array<int>",
            "later": "map<string,int>",
        },
    )
    assert athena.rows("SELECT * FROM grown ORDER BY id") == [
        ["1", "a", None, None, None],
        ["2", "b", "1.50", "[1, 2]", None],
    ]


def test_registered_partitions_are_pruned_before_anything_is_read(athena, tmp_path):
    athena.table("parts", {"value": "int"}, keys={"year": "int", "city": "string"})
    for year in (2023, 2024):
        athena.put_parquet(f"parts/{year}/seoul/1.parquet", f"SELECT {year} AS value", tmp_path)
        athena.glue.create_partition(
            DatabaseName=athena.database,
            TableName="parts",
            PartitionInput={
                "Values": [str(year), "Seoul"],
                "StorageDescriptor": {"Location": f"s3://{athena.bucket}/parts/{year}/seoul/"},
            },
        )
    # Reading this object would fail.
    athena.put("parts/broken/1.parquet", "not Parquet")
    athena.glue.create_partition(
        DatabaseName=athena.database,
        TableName="parts",
        PartitionInput={
            "Values": ["1999", "Oslo"],
            "StorageDescriptor": {"Location": f"s3://{athena.bucket}/parts/broken/"},
        },
    )
    assert athena.rows("SELECT value, year, city FROM parts WHERE year >= 2023 ORDER BY 1") == [
        ["2023", "2023", "Seoul"],
        ["2024", "2024", "Seoul"],
    ]
    assert athena.rows(
        "SELECT count(*) FROM parts p WHERE p.year = 2024 AND lower(city) = 'seoul' AND value > 0"
    ) == [["1"]]
    assert athena.failure("SELECT value FROM parts")
    assert sorted(athena.rows("SHOW PARTITIONS parts"))[1] == ["year=2023/city=Seoul"]


@pytest.fixture(scope="module")
def stations(athena, tmp_path_factory):
    """Two stations, and the days on which they reported: Oslo on the 1st and the 2nd, Rome never."""
    folder = tmp_path_factory.mktemp("stations")
    athena.put_parquet("s/1.parquet", "SELECT * FROM (VALUES (1, 'Oslo'), (2, 'Rome')) t(k, city)", folder)
    athena.table("s", {"k": "int", "city": "string"})
    athena.table("d", {"k": "int"}, keys={"event_date": "string"})
    for date in ("2024-01-01", "2024-01-02", "2024-01-03"):
        athena.glue.create_partition(
            DatabaseName=athena.database,
            TableName="d",
            PartitionInput={
                "Values": [date],
                "StorageDescriptor": {"Location": f"s3://{athena.bucket}/d/{date}/"},
            },
        )
    athena.put_parquet("d/2024-01-01/1.parquet", "SELECT 1 AS k", folder)
    athena.put_parquet("d/2024-01-02/1.parquet", "SELECT 1 AS k", folder)
    # Reading this object would fail.
    athena.put("d/2024-01-03/1.parquet", "not Parquet")
    return athena


# FROM clauses over the stations `s` and their days `d`, whose third partition cannot be read, and the rows of
# city and date.
OUTER_JOINS = [
    ("s LEFT JOIN d ON s.k = d.k AND d.event_date < '2024-01-03' WHERE d.event_date IS NULL", "Rome|NULL"),
    ("s LEFT JOIN d ON s.k = d.k AND d.event_date = '2024-01-02'", "Oslo|2024-01-02 Rome|NULL"),
    ("s LEFT JOIN d ON s.k = d.k WHERE d.event_date = '2024-01-01'", "Oslo|2024-01-01"),
    (
        "s LEFT JOIN d ON s.k = d.k AND d.event_date < '2024-01-03' "
        "WHERE coalesce(d.event_date, '2024-01-01') = '2024-01-01'",
        "Oslo|2024-01-01 Rome|NULL",
    ),
    ("d RIGHT JOIN s ON s.k = d.k AND d.event_date = '2024-01-01' WHERE d.event_date IS NULL", "Rome|NULL"),
    (
        "d RIGHT JOIN s ON s.k = d.k AND d.event_date < '2024-01-03' "
        "JOIN (VALUES 1) o(x) ON d.event_date IS NULL",
        "Rome|NULL",
    ),
    ("s FULL JOIN d ON s.k = d.k WHERE d.event_date = '2024-01-02'", "Oslo|2024-01-02"),
    (
        "s FULL JOIN d ON s.k = d.k WHERE d.event_date < '2024-01-03' "
        "AND (d.event_date = '2024-01-02' OR d.event_date IS NULL)",
        "Oslo|2024-01-02",
    ),
    (
        "s FULL JOIN (SELECT * FROM d WHERE event_date < '2024-01-03') e(k, event_date) ON s.k = e.k "
        "WHERE e.event_date IS NULL",
        "Rome|NULL",
    ),
    (
        "(d JOIN (VALUES 1) o(x) ON d.event_date = '2024-01-01') RIGHT JOIN s ON s.k = d.k",
        "Oslo|2024-01-01 Rome|NULL",
    ),
    (
        "(VALUES 1, 2) o(x), d RIGHT JOIN s ON s.k = d.k AND d.event_date = '2024-01-01' WHERE s.k = 2",
        "Rome|NULL Rome|NULL",
    ),
]


@pytest.mark.parametrize("source, expected", OUTER_JOINS, ids=[each[0] for each in OUTER_JOINS])
def test_pruning_partitions_does_not_change_the_result_of_an_outer_join(stations, source, expected):
    rows = stations.rows(f"SELECT city, event_date FROM {source} ORDER BY 1, 2")
    assert " ".join(f"{city or 'NULL'}|{date or 'NULL'}" for city, date in rows) == expected


def test_projected_partitions_are_computed_and_pruned(athena, tmp_path):
    for date in ("2024-01-31", "2024-02-01", "2024-02-02"):
        for shard in ("00", "01"):
            athena.put_parquet(
                f"projected/{date}/east/{shard}/x.parquet", f"SELECT '{date}' AS text", tmp_path
            )
    athena.put("projected/2024-02-03/east/00/x.parquet", "not Parquet")
    athena.table(
        "projected",
        {"text": "string"},
        keys={"day": "date", "region": "string", "shard": "string", "site": "string"},
        Parameters={
            "projection.enabled": "true",
            "projection.day.type": "date",
            "projection.day.format": "yyyy-MM-dd",
            "projection.day.range": "2024-01-30,2024-02-03",
            "projection.region.type": "enum",
            "projection.region.values": "east,west",
            "projection.shard.type": "integer",
            "projection.shard.range": "0,3",
            "projection.shard.digits": "2",
            "projection.site.type": "injected",
            "storage.location.template": f"s3://{athena.bucket}/projected/${{day}}/${{region}}/${{shard}}/",
        },
    )
    rows = athena.rows(
        "SELECT day, shard, text FROM projected "
        "WHERE site = 'a' AND day BETWEEN DATE '2024-01-31' AND DATE '2024-02-01' ORDER BY 1, 2"
    )
    assert rows == [
        ["2024-01-31", "00", "2024-01-31"],
        ["2024-01-31", "01", "2024-01-31"],
        ["2024-02-01", "00", "2024-02-01"],
        ["2024-02-01", "01", "2024-02-01"],
    ]
    assert athena.failure("SELECT text FROM projected").startswith(
        "CONSTRAINT_VIOLATION: For the injected projected partition column site"
    )
    assert athena.rows(
        "SELECT count(*) FROM projected WHERE site IN ('a') AND day = DATE '2024-02-02' AND shard = '01'"
    ) == [["1"]]


def test_json_rows_are_read_as_the_serde_reads_them(athena):
    lines = [
        {
            "Id": 1,
            "name": "a",
            "nested": {"x": 1},
            "tags": ["p", "q"],
            "at": "2024-01-02 03:04:05",
            "raw": {"k": [1]},
        },
        {"id": 2, "name": None, "tags": []},
    ]
    athena.put("json/1.json", "\n".join(json.dumps(line) for line in lines))
    athena.table(
        "json_rows",
        {
            "id": "int",
            "name": "string",
            "nested": "struct<x:int>",
            "tags": "array<string>",
            "at": "timestamp",
            "raw": "string",
        },
        serde="json",
        location=f"s3://{athena.bucket}/json/",
    )
    assert athena.rows(
        "SELECT id, name, nested.x, tags, at, json_extract_scalar(raw, '$.k[0]') FROM json_rows ORDER BY id"
    ) == [
        ["1", "a", "1", "[p, q]", "2024-01-02 03:04:05.000", "1"],
        ["2", None, None, "[]", None, None],
    ]


def test_csv_and_text_rows_are_read_as_their_serdes_read_them(athena):
    athena.put("csv/1.csv", 'id,text\n1,"a, ""b"""\n2,\n')
    athena.table(
        "csv_rows", {"id": "int", "text": "string"}, serde="csv", location=f"s3://{athena.bucket}/csv/",
        serde_parameters={"escapeChar": '"'}, Parameters={"skip.header.line.count": "1"},
    )  # fmt: skip
    assert athena.rows("SELECT * FROM csv_rows ORDER BY id") == [["1", 'a, "b"'], ["2", ""]]
    athena.put("text/1.txt", "1|a\nx|\\N\n")
    athena.table(
        "text_rows", {"id": "int", "text": "string"}, serde="text", location=f"s3://{athena.bucket}/text/",
        serde_parameters={"field.delim": "|"},
    )  # fmt: skip
    assert athena.rows("SELECT * FROM text_rows ORDER BY id") == [["1", "a"], [None, None]]


def test_scanned_bytes_count_the_used_columns_and_can_be_limited(athena, tmp_path):
    athena.put_parquet(
        "wide/1.parquet",
        "SELECT i AS small, repeat(md5(i::VARCHAR), 20) AS large FROM range(5000) t(i)",
        tmp_path,
    )
    athena.table("wide", {"small": "bigint", "large": "string"})
    scanned = [
        athena.run(f"SELECT {what} FROM wide")["Statistics"]["DataScannedInBytes"]
        for what in ("count(*)", "max(small)", "max(large)", "max(small), max(large)")
    ]
    assert scanned[0] == 0 < scanned[1] < scanned[2] < scanned[3] == scanned[1] + scanned[2]
    name = unique("limited")
    limit = {
        "ResultConfiguration": {"OutputLocation": f"s3://{athena.bucket}/limited/"},
        "BytesScannedCutoffPerQuery": scanned[1] + 1,
    }
    athena.client.create_work_group(Name=name, Configuration=limit)
    athena.run("SELECT max(small) FROM wide", WorkGroup=name)
    status = athena.end(athena.start("SELECT max(large) FROM wide", WorkGroup=name))["Status"]
    assert status["State"] == "CANCELLED"
    assert "Bytes scanned limit was exceeded" in status["StateChangeReason"]


def test_create_table_as_writes_partitions_for_queries_and_inserts(athena):
    athena.run(
        f"""CREATE TABLE made WITH (format = 'PARQUET', external_location = 's3://{athena.bucket}/made/',
            partitioned_by = ARRAY['city']) AS
            SELECT * FROM (VALUES (1, 1.5, 'Seoul'), (2, 2.5, 'Oslo')) AS t(id, amount, city)"""
    )
    athena.run("INSERT INTO made VALUES (3, 3.5, 'Seoul')")
    athena.run("INSERT INTO made (id, city) SELECT 4, 'Rome'")
    assert athena.rows("SELECT * FROM made ORDER BY id") == [
        ["1", "1.5", "Seoul"],
        ["2", "2.5", "Oslo"],
        ["3", "3.5", "Seoul"],
        ["4", None, "Rome"],
    ]
    assert athena.rows("SHOW PARTITIONS made") == [["city=Oslo"], ["city=Rome"], ["city=Seoul"]]
    assert athena.failure("INSERT INTO made VALUES ('x', 1.5, 'Seoul')").startswith("TYPE_MISMATCH")
    again = f"CREATE TABLE other WITH (external_location = 's3://{athena.bucket}/made/') AS SELECT 1 AS x"
    assert athena.failure(again).startswith("HIVE_PATH_ALREADY_EXISTS")


def test_no_part_of_a_statement_that_writes_is_dropped_in_silence(athena):
    place = f"WITH (external_location = 's3://{athena.bucket}/exact/')"
    athena.run(f"CREATE TABLE exact {place} AS SELECT 1 AS id")
    for statement in (
        "CREATE TABLE exact2 (a) WITH (external_location = 's3://{}/exact2/') AS SELECT 1 AS id",
        "INSERT INTO exact BY NAME SELECT 2 AS id",
        "INSERT INTO exact PARTITION (id = 2) SELECT 2 AS id",
        "INSERT INTO exact SELECT 2 AS id RETURNING id",
    ):
        assert athena.failure(statement.format(athena.bucket)).startswith(("NOT_SUPPORTED", "SYNTAX_ERROR"))
    assert athena.rows("SELECT id FROM exact") == [["1"]]


def test_unload_writes_files_and_a_manifest(athena):
    place = f"s3://{athena.bucket}/unloaded/"
    execution = athena.run(f"UNLOAD (SELECT 1 AS id, 'a' AS name) TO '{place}' WITH (format = 'JSON')")
    [entry] = athena.s3.list_objects_v2(Bucket=athena.bucket, Prefix="unloaded/")["Contents"]
    body = athena.s3.get_object(Bucket=athena.bucket, Key=entry["Key"])["Body"].read()
    assert json.loads(body) == {"id": 1, "name": "a"}
    manifest = execution["Statistics"]["DataManifestLocation"]
    assert manifest.endswith("-manifest.csv")
    bucket, key = manifest.removeprefix("s3://").split("/", 1)
    listed = athena.s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    assert listed == f"s3://{athena.bucket}/{entry['Key']}\n"


def test_statements_create_show_and_drop_tables_and_views(athena):
    athena.put("statements/year=2024/1.csv", "1,a\n")
    athena.run(
        f"""CREATE EXTERNAL TABLE IF NOT EXISTS statements (id int, `text` string COMMENT 'what it says')
            PARTITIONED BY (year int) ROW FORMAT DELIMITED FIELDS TERMINATED BY ','
            LOCATION 's3://{athena.bucket}/statements/' TBLPROPERTIES ('owner'='me')"""
    )
    assert athena.rows("SELECT * FROM statements") == []
    athena.run("MSCK REPAIR TABLE statements")
    assert athena.rows("SELECT * FROM statements") == [["1", "a", "2024"]]
    athena.put("added/2.csv", "2,b\n")
    athena.run(
        f"ALTER TABLE statements ADD IF NOT EXISTS PARTITION (year=2025) LOCATION 's3://{athena.bucket}/added/'"
    )
    athena.run("CREATE OR REPLACE VIEW doubled AS SELECT id * 2 AS twice, year FROM statements")
    assert athena.rows("SELECT twice FROM doubled WHERE year = 2025") == [["4"]]
    assert ["statements"] in athena.rows("SHOW TABLES")
    assert ["doubled"] in athena.rows("SHOW TABLES 'dou*'")
    assert athena.rows("SHOW COLUMNS IN statements") == [["id"], ["text"], ["year"]]
    assert athena.rows("DESCRIBE statements")[0][0].strip() == "id"
    created = "\n".join(row[0] for row in athena.rows("SHOW CREATE TABLE statements"))
    assert created.startswith(f"CREATE EXTERNAL TABLE `{athena.database}.statements`(\n  `id` int, ")
    athena.run("ALTER TABLE statements DROP PARTITION (year=2025)")
    assert athena.rows("SHOW PARTITIONS statements") == [["year=2024"]]
    athena.run("DROP VIEW doubled")
    athena.run("DROP TABLE statements")
    athena.run("DROP TABLE IF EXISTS statements")
    assert athena.failure("DROP TABLE statements").startswith("TABLE_NOT_FOUND")


def test_parameters_and_prepared_statements_replace_placeholders(athena):
    query = "SELECT x, ? AS note FROM (VALUES 1, 2, 3) AS t(x) WHERE x > ? ORDER BY x"
    assert athena.rows(query, ExecutionParameters=["'it''s'", "1"]) == [["2", "it's"], ["3", "it's"]]
    nested = (
        "WITH a AS (SELECT ? AS x) SELECT (SELECT max(x) FROM a), ?, '?' FROM (SELECT ? AS y) WHERE y = ?"
    )
    assert athena.rows(nested, ExecutionParameters=["1", "2", "3", "3"]) == [["1", "2", "?"]]
    assert athena.failure(query, ExecutionParameters=["1"]).startswith(
        "INVALID_PARAMETER_USAGE: Incorrect number of parameters: expected 2 but found 1"
    )
    assert "must be a literal" in athena.failure("SELECT ?", ExecutionParameters=["(SELECT 1)"])
    athena.client.create_prepared_statement(
        StatementName="above", WorkGroup=athena.workgroup, QueryStatement=query
    )
    assert athena.rows("EXECUTE above USING 'n', 2") == [["3", "n"]]
    athena.run("PREPARE doubled FROM SELECT ? * 2")
    assert athena.rows("EXECUTE doubled USING 21") == [["42"]]
    names = [
        each["StatementName"]
        for each in athena.client.list_prepared_statements(WorkGroup=athena.workgroup)["PreparedStatements"]
    ]
    assert names == ["above", "doubled"]
    athena.run("DEALLOCATE PREPARE doubled")
    assert athena.failure("EXECUTE doubled USING 1").startswith("NOT_FOUND")


@pytest.mark.parametrize(
    "statement",
    [
        "EXPLAIN SELECT 1",
        "DELETE FROM t",
        "UPDATE t SET x = 1",
        "GRANT x TO y",
        "SHOW FUNCTIONS",
        "MERGE INTO t USING s ON true WHEN MATCHED THEN DELETE",
    ],
)
def test_an_unsupported_statement_fails_by_name(athena, statement):
    reason = athena.failure(statement)
    assert "is not supported by the local Athena" in reason
    assert statement.split()[0] in reason


def test_stacks_create_change_and_delete_workgroups_and_named_queries(athena, stack):  # noqa: F811
    name = unique("stack-wg")
    resources = {
        "Group": {
            "Type": "AWS::Athena::WorkGroup",
            "Properties": {
                "Name": name,
                "RecursiveDeleteOption": True,
                "WorkGroupConfiguration": {
                    "BytesScannedCutoffPerQuery": 10_000_000,
                    "EnforceWorkGroupConfiguration": True,
                    "ResultConfiguration": {"OutputLocation": f"s3://{athena.bucket}/stack/"},
                },
                "Tags": [{"Key": "project", "Value": "isobar"}],
            },
        },
        "Query": {
            "Type": "AWS::Athena::NamedQuery",
            "Properties": {
                "Database": athena.database,
                "Name": "one",
                "QueryString": "SELECT 1",
                "WorkGroup": {"Ref": "Group"},
            },
        },
    }
    outputs = stack.create(resources, {"Group": {"Ref": "Group"}, "Query": {"Ref": "Query"}})
    assert outputs["Group"] == name
    named = athena.client.get_named_query(NamedQueryId=outputs["Query"])["NamedQuery"]
    assert athena.rows(named["QueryString"], WorkGroup=named["WorkGroup"]) == [["1"]]
    resources["Group"]["Properties"]["WorkGroupConfiguration"]["BytesScannedCutoffPerQuery"] = 20_000_000
    stack.update(resources)
    configuration = athena.client.get_work_group(WorkGroup=name)["WorkGroup"]["Configuration"]
    assert configuration["BytesScannedCutoffPerQuery"] == 20_000_000
    stack.delete()
    with pytest.raises(ClientError, match="is not found"):
        athena.client.get_work_group(WorkGroup=name)


def _machine(localstack, athena, sql: str) -> dict:
    client = localstack.client("stepfunctions")
    definition = {
        "StartAt": "Query",
        "States": {
            "Query": {
                "Type": "Task",
                "Resource": "arn:aws:states:::athena:startQueryExecution.sync",
                "Parameters": {"QueryString": sql, "WorkGroup": athena.workgroup},
                "ResultPath": "$.query",
                "Next": "Results",
            },
            "Results": {
                "Type": "Task",
                "Resource": "arn:aws:states:::athena:getQueryResults",
                "Parameters": {"QueryExecutionId.$": "$.query.QueryExecution.QueryExecutionId"},
                "End": True,
            },
        },
    }
    machine = client.create_state_machine(
        name=unique("query"), definition=json.dumps(definition), roleArn="arn:aws:iam::000000000000:role/any"
    )["stateMachineArn"]
    execution = client.start_execution(stateMachineArn=machine)["executionArn"]

    def ended():
        described = client.describe_execution(executionArn=execution)
        return described if described["status"] != "RUNNING" else None

    return wait_for(ended, within_s=180)


def test_a_state_machine_waits_for_a_query_and_reads_its_result(localstack, athena):
    ended = _machine(localstack, athena, "SELECT 42 AS answer")
    assert ended["status"] == "SUCCEEDED", ended
    rows = json.loads(ended["output"])["ResultSet"]["Rows"]
    assert rows[1]["Data"] == [{"VarCharValue": "42"}]


def test_a_state_machine_fails_when_its_query_fails(localstack, athena):
    ended = _machine(localstack, athena, "SELECT nothing")
    assert (ended["status"], ended["error"]) == ("FAILED", "States.TaskFailed")
    assert "COLUMN_NOT_FOUND" in ended["cause"]


def test_a_result_is_readable_as_csv(athena):
    execution = athena.run("SELECT 'line\nbreak, \"quoted\"' AS a, ARRAY[1, NULL] AS b, true AS c, 1e10 AS d")
    key = execution["ResultConfiguration"]["OutputLocation"].split("/", 3)[3]
    body = athena.s3.get_object(Bucket=athena.bucket, Key=key)["Body"].read().decode()
    assert list(csv.reader(io.StringIO(body)))[1] == ['line\nbreak, "quoted"', "[1, null]", "true", "1.0E10"]
