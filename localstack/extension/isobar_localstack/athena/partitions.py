"""MSCK REPAIR TABLE, ALTER TABLE ADD and DROP PARTITION, SHOW PARTITIONS."""

import re

from isobar_localstack.athena.catalog import Catalog
from isobar_localstack.athena.errors import QueryFailure
from isobar_localstack.athena.objects import split_location
from isobar_localstack.athena.results import NOTHING, Answer, text_rows
from isobar_localstack.glue.errors import AlreadyExists


def show_partitions(catalog: Catalog, found: re.Match) -> Answer:
    table = catalog.table(found["name"])
    keys = [each["Name"] for each in table.latest.get("PartitionKeys") or []]
    if not keys:
        raise QueryFailure("HIVE_METASTORE_ERROR", f"Table {table.latest['Name']} is not a partitioned table")
    rows = [
        "/".join(f"{key}={value}" for key, value in zip(keys, each, strict=True)) for each in table.partitions
    ]
    return text_rows("partition", sorted(rows))


def repair(catalog: Catalog, found: re.Match) -> Answer:
    table = catalog.table(found["name"])
    keys = [each["Name"] for each in table.latest.get("PartitionKeys") or []]
    location = table.latest["StorageDescriptor"]["Location"].rstrip("/") + "/"
    prefix = split_location(location)[1]
    added = []
    for each in catalog.objects.below(location):
        parts = [part.partition("=") for part in each.key[len(prefix) :].split("/")[: len(keys)]]
        if [name.lower() for name, _equals, _value in parts] != [key.lower() for key in keys]:
            continue
        values = [value for _name, _equals, value in parts]
        path = "/".join(f"{name}={value}" for name, _equals, value in parts)
        try:
            catalog.add_partition(table, values, f"{location}{path}/")
            added.append(f"{table.latest['Name']}:{path}")
        except AlreadyExists:
            continue
    if not added:
        return NOTHING
    return text_rows(
        "repair_table",
        [
            f"Partitions not in metastore: {' '.join(added)}",
            *[f"Repair: Added partition to metastore {each}" for each in added],
        ],
    )


def alter_partitions(catalog: Catalog, found: re.Match) -> Answer:
    table = catalog.table(found["name"])
    keys = [each["Name"].lower() for each in table.latest.get("PartitionKeys") or []]
    specs = list(
        re.finditer(
            r"PARTITION\s*\((?P<spec>[^)]*)\)(?:\s*LOCATION\s*'(?P<location>[^']*)')?",
            found["rest"],
            re.IGNORECASE,
        )
    )
    if not specs:
        raise QueryFailure("SYNTAX_ERROR", "PARTITION (…) is missing")
    for each in specs:
        given = dict(
            (pair[0].strip('` "').lower(), pair[1].strip().strip("'"))
            for pair in (part.split("=", 1) for part in each["spec"].split(","))
        )
        if set(given) != set(keys):
            raise QueryFailure("SYNTAX_ERROR", f"PARTITION must name {', '.join(keys)}")
        values = [given[key] for key in keys]
        if found["verb"].upper() == "DROP":
            if table.partitions.pop(tuple(values), None) is None and not found["exists"]:
                raise QueryFailure("HIVE_METASTORE_ERROR", f"Partition not found: {values}")
            continue
        root = table.latest["StorageDescriptor"]["Location"].rstrip("/")
        location = each["location"] or root + "".join(
            f"/{key}={value}" for key, value in zip(keys, values, strict=True)
        )
        try:
            catalog.add_partition(table, values, location.rstrip("/") + "/")
        except AlreadyExists as error:
            if not found["exists"]:
                raise QueryFailure("HIVE_METASTORE_ERROR", "Partition already exists.") from error
    return NOTHING
