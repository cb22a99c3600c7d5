"""The Data Catalog: databases, tables and partitions, through the API and from stacks."""

import pytest
from botocore.exceptions import ClientError
from conftest import unique
from test_cloudformation import stack  # noqa: F401  (a fixture)


@pytest.fixture(scope="module")
def glue(localstack):
    return localstack.client("glue")


@pytest.fixture
def database(glue):
    name = unique("db")
    glue.create_database(DatabaseInput={"Name": name})
    yield name
    glue.delete_database(Name=name)


def _table(name: str, **more) -> dict:
    keys = [{"Name": "year", "Type": "int"}, {"Name": "city", "Type": "string"}]
    storage = {"Columns": [{"Name": "value", "Type": "double"}], "Location": "s3://bucket/table/"}
    return {"Name": name, "StorageDescriptor": storage, "PartitionKeys": keys, **more}


def _refusal(call, **request) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(**request)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def test_names_of_databases_and_tables_are_case_insensitive(glue):
    name = unique("Mixed")
    glue.create_database(DatabaseInput={"Name": name, "Description": "first"})
    glue.create_table(DatabaseName=name, TableInput=_table("Weather"))
    assert glue.get_database(Name=name.upper())["Database"]["Name"] == name.lower()
    assert glue.get_table(DatabaseName=name, Name="WEATHER")["Table"]["Name"] == "weather"
    glue.update_database(Name=name, DatabaseInput={"Name": name, "Description": "second"})
    assert glue.get_database(Name=name)["Database"]["Description"] == "second"
    glue.delete_database(Name=name)
    assert _refusal(glue.get_table, DatabaseName=name, Name="weather")[0] == "EntityNotFoundException"


def test_missing_and_duplicate_entities_are_refused(glue, database):
    glue.create_table(DatabaseName=database, TableInput=_table("weather"))
    table = {"DatabaseName": database, "TableName": "weather"}
    partition = {"Values": ["2024", "Seoul"]}
    glue.create_partition(**table, PartitionInput=partition)
    for call, request, code, message in [
        (glue.get_database, {"Name": "none"}, "EntityNotFoundException", "Database none not found."),
        (
            glue.get_table,
            {"DatabaseName": database, "Name": "none"},
            "EntityNotFoundException",
            "Table none not found.",
        ),
        (
            glue.get_partition,
            {**table, "PartitionValues": ["2024", "Oslo"]},
            "EntityNotFoundException",
            "Cannot find partition.",
        ),
        (
            glue.create_database,
            {"DatabaseInput": {"Name": database}},
            "AlreadyExistsException",
            "Database already exists.",
        ),
        (
            glue.create_table,
            {"DatabaseName": database, "TableInput": _table("weather")},
            "AlreadyExistsException",
            "Table already exists.",
        ),
        (
            glue.create_partition,
            {**table, "PartitionInput": partition},
            "AlreadyExistsException",
            "Partition already exists.",
        ),
    ]:
        assert _refusal(call, **request) == (code, message)


def test_a_table_keeps_its_versions(glue, database):
    glue.create_table(DatabaseName=database, TableInput=_table("weather", Description="one"))
    glue.update_table(DatabaseName=database, TableInput=_table("weather", Description="two"))
    table = glue.get_table(DatabaseName=database, Name="weather")["Table"]
    assert (table["Description"], table["VersionId"]) == ("two", "1")
    versions = glue.get_table_versions(DatabaseName=database, TableName="weather")["TableVersions"]
    assert [version["Table"]["Description"] for version in versions] == ["two", "one"]


def test_tables_are_listed_by_pattern_and_page(glue, database):
    for name in ("raw_a", "raw_b", "daily"):
        glue.create_table(DatabaseName=database, TableInput=_table(name))
    found = glue.get_tables(DatabaseName=database, Expression="raw_*")["TableList"]
    assert [table["Name"] for table in found] == ["raw_a", "raw_b"]
    pages = glue.get_paginator("get_tables").paginate(DatabaseName=database, PaginationConfig={"PageSize": 2})
    assert [[table["Name"] for table in page["TableList"]] for page in pages] == [
        ["daily", "raw_a"],
        ["raw_b"],
    ]
    gone = glue.batch_delete_table(DatabaseName=database, TablesToDelete=["raw_a", "none"])
    assert [error["TableName"] for error in gone["Errors"]] == ["none"]


def test_partitions_are_created_filtered_changed_and_deleted_in_batches(glue, database):
    glue.create_table(DatabaseName=database, TableInput=_table("weather"))
    table = {"DatabaseName": database, "TableName": "weather"}
    inputs = [
        {"Values": [str(year), city], "StorageDescriptor": {"Location": f"s3://bucket/{year}/{city}/"}}
        for year in (2022, 2023, 2024)
        for city in ("Oslo", "Seoul")
    ]
    assert not glue.batch_create_partition(**table, PartitionInputList=inputs).get("Errors")
    again = glue.batch_create_partition(**table, PartitionInputList=inputs[:1])["Errors"]
    assert again[0]["PartitionValues"] == ["2022", "Oslo"]
    short = glue.batch_create_partition(**table, PartitionInputList=[{"Values": ["2022"]}])["Errors"]
    assert short[0]["ErrorDetail"]["ErrorCode"] == "InvalidInputException"

    found = glue.get_partitions(**table, Expression="year >= 2023 AND city = 'Seoul'")["Partitions"]
    assert [partition["Values"] for partition in found] == [["2023", "Seoul"], ["2024", "Seoul"]]
    pages = glue.get_paginator("get_partitions").paginate(**table, PaginationConfig={"PageSize": 4})
    assert [len(page["Partitions"]) for page in pages] == [4, 2]

    glue.update_partition(
        **table, PartitionValueList=["2022", "Oslo"], PartitionInput={"Values": ["2021", "Oslo"]}
    )
    got = glue.batch_get_partition(
        **table, PartitionsToGet=[{"Values": ["2021", "Oslo"]}, {"Values": ["2022", "Oslo"]}]
    )
    assert [partition["Values"] for partition in got["Partitions"]] == [["2021", "Oslo"]]
    assert got["UnprocessedKeys"] == [{"Values": ["2022", "Oslo"]}]
    glue.batch_delete_partition(**table, PartitionsToDelete=[{"Values": ["2021", "Oslo"]}])
    assert _refusal(glue.get_partition, **table, PartitionValues=["2021", "Oslo"])[0].startswith("Entity")


def test_stacks_create_change_and_delete_databases_and_tables(glue, stack):  # noqa: F811
    name = unique("lake")
    resources = {
        "Lake": {
            "Type": "AWS::Glue::Database",
            "Properties": {"CatalogId": {"Ref": "AWS::AccountId"}, "DatabaseInput": {"Name": name}},
        },
        "Weather": {
            "Type": "AWS::Glue::Table",
            "Properties": {
                "CatalogId": {"Ref": "AWS::AccountId"},
                "DatabaseName": {"Ref": "Lake"},
                "TableInput": _table("weather", TableType="EXTERNAL_TABLE"),
            },
        },
    }
    outputs = stack.create(resources, {"Database": {"Ref": "Lake"}, "Table": {"Ref": "Weather"}})
    assert outputs == {"Database": name, "Table": "weather"}
    resources["Weather"]["Properties"]["TableInput"]["Description"] = "changed"
    stack.update(resources)
    assert glue.get_table(DatabaseName=name, Name="weather")["Table"]["Description"] == "changed"
    stack.delete()
    assert _refusal(glue.get_database, Name=name)[0] == "EntityNotFoundException"
