"""What real clients send: awswrangler 3, PyAthena 3 with SQLAlchemy. Recorded: they are not installed."""

import time

import pytest
from botocore.exceptions import ClientError
from test_athena import Athena, athena  # noqa: F401  (a fixture)

from isobar_localstack.athena import engine
from isobar_localstack.athena.row_files import read_json
from isobar_localstack.athena.sql.types import BIGINT, VARCHAR


@pytest.fixture(scope="module")
def table(athena: Athena) -> Athena:  # noqa: F811
    athena.put("clients/p=u/1.csv", "1,a\n2,b\n")
    athena.run(
        f"""CREATE EXTERNAL TABLE clients (id int, name string COMMENT 'who') PARTITIONED BY (p string)
            ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' LOCATION 's3://{athena.bucket}/clients/'"""
    )
    athena.run("MSCK REPAIR TABLE clients")
    return athena


def test_awswranglers_statements_have_quoted_names_and_a_quoted_database(table):
    context = {"QueryExecutionContext": {"Database": f"`{table.database}`"}}
    assert table.rows("MSCK REPAIR TABLE `clients`;", **context) == []
    assert [row[0].strip() for row in table.rows("DESCRIBE `clients`;", **context)][:3] == ["id", "name", "p"]
    assert table.rows("SHOW CREATE TABLE `clients`;", **context)[0] == [
        f"CREATE EXTERNAL TABLE `{table.database}.clients`("
    ]
    # The default way of read_sql_query: a temporary table, in Parquet with Snappy.
    temporary = "temp_table_42e1c3c55af146fa81d13f51a44177a7"
    table.run(
        f'CREATE TABLE "{table.database}"."{temporary}"\nWITH(\n'
        f"    external_location = 's3://{table.bucket}/{temporary}',\n    format = 'PARQUET') AS\n"
        "SELECT * FROM clients ORDER BY id",
        **context,
    )
    assert table.rows(f'SELECT count(*) FROM "{temporary}"', **context) == [["2"]]
    table.run(f"DROP TABLE {temporary}")


def test_sqlalchemys_inspector_reads_databases_tables_columns_and_views(table):
    client = table.client
    in_database = {"CatalogName": "awsdatacatalog", "DatabaseName": table.database}
    table.run("CREATE VIEW seen AS SELECT id FROM clients")
    databases = client.get_paginator("list_databases").paginate(CatalogName="awsdatacatalog")
    assert table.database in [each["Name"] for page in databases for each in page["DatabaseList"]]
    assert client.get_database(**in_database)["Database"]["Name"] == table.database
    listed = client.list_table_metadata(**in_database)["TableMetadataList"]
    assert [(each["Name"], each["TableType"]) for each in listed] == [
        ("clients", "EXTERNAL_TABLE"),
        ("seen", "VIRTUAL_VIEW"),
    ]
    assert client.list_table_metadata(**in_database, Expression="cl.*")["TableMetadataList"] == listed[:1]
    shown = client.get_table_metadata(**in_database, TableName="clients")["TableMetadata"]
    assert shown["Columns"] == [
        {"Name": "id", "Type": "int"},
        {"Name": "name", "Type": "string", "Comment": "who"},
    ]
    assert shown["PartitionKeys"] == [{"Name": "p", "Type": "string"}]
    assert shown["Parameters"]["location"] == f"s3://{table.bucket}/clients/"
    assert shown["Parameters"]["serde.param.field.delim"] == ","
    assert table.rows("SHOW VIEWS") == [["seen"]]
    assert table.rows("SHOW CREATE VIEW seen") == [
        [f"CREATE VIEW {table.database}.seen AS"],
        ["SELECT id FROM clients"],
    ]


def test_metadata_of_what_does_not_exist_is_an_error_that_says_so(table):
    in_database = {"CatalogName": "AwsDataCatalog", "DatabaseName": table.database}
    with pytest.raises(ClientError, match="MetadataException.*Table nope not found"):
        table.client.get_table_metadata(**in_database, TableName="nope")
    with pytest.raises(ClientError, match="MetadataException.*Database nope not found"):
        table.client.list_table_metadata(**{**in_database, "DatabaseName": "nope"})
    with pytest.raises(ClientError, match="InvalidRequestException.*other.*AwsDataCatalog only"):
        table.client.list_databases(CatalogName="other")
    assert table.client.list_data_catalogs()["DataCatalogsSummary"] == [
        {"CatalogName": "AwsDataCatalog", "Type": "GLUE"}
    ]
    catalog = table.client.get_data_catalog(Name="awsdatacatalog")["DataCatalog"]
    assert (catalog["Name"], catalog["Type"]) == ("AwsDataCatalog", "GLUE")


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ('SELECT "$path" FROM clients', '"$path"'),
        ('SELECT "$file_size" FROM clients', '"$file_size"'),
        ('SELECT * FROM "clients$partitions"', '"clients$partitions"'),
        ("SELECT table_name FROM information_schema.tables", '"information_schema"."tables"'),
        ("EXPLAIN SELECT 1", "EXPLAIN"),
        ("SELECT json_format(JSON '[1]')", "json_format"),
    ],
)
def test_what_the_local_athena_lacks_is_refused_by_its_name(table, statement, named):
    failure = table.failure(statement)
    assert named in failure
    assert failure.endswith("is not supported by the local Athena")


def test_a_table_of_10_000_json_objects_is_read_within_the_memory_of_duckdb(tmp_path):
    folder = tmp_path / "objects"
    folder.mkdir()
    paths = []
    for index in range(10_000):
        paths.append(str(folder / f"{index:064}"))
        with open(paths[-1], "w") as file:
            file.write(f'{{"raw_row": "row {index}", "n": {index}}}\n')
    columns = [("raw_row", VARCHAR), ("n", BIGINT)]
    started = time.monotonic()
    connection = engine.connect(tmp_path)
    body = read_json(paths, columns, {}, {})
    assert connection.execute(f"SELECT count(DISTINCT raw_row), sum(n) FROM ({body})").fetchone() == (
        10_000,
        49_995_000,
    )
    assert connection.execute("SELECT current_setting('memory_limit')").fetchone() == ("488.2 MiB",)
    assert time.monotonic() - started < 120
