"""CREATE EXTERNAL TABLE.

https://docs.aws.amazon.com/athena/latest/ug/create-table.html
"""

import re

from sqlglot import exp
from sqlglot.dialects.hive import Hive
from sqlglot.errors import SqlglotError

from isobar_localstack.athena.catalog import Catalog
from isobar_localstack.athena.errors import QueryFailure, unsupported
from isobar_localstack.athena.objects import split_location
from isobar_localstack.athena.results import NOTHING, Answer
from isobar_localstack.athena.sql.type_names import parse_type
from isobar_localstack.athena.storage import JSON_SERDE, LAZY_SERDE, PARQUET, TEXT


def create_table(catalog: Catalog, found: re.Match) -> Answer:
    try:
        tree = Hive().parse(found[0])[0]
    except SqlglotError as error:
        raise QueryFailure("SYNTAX_ERROR", re.sub(r"\x1b\[\d*m", "", str(error)).splitlines()[0]) from error
    if not isinstance(tree, exp.Create) or not isinstance(tree.this, exp.Schema):
        raise unsupported("This form of CREATE EXTERNAL TABLE")
    named = tree.this.this
    database, name = catalog.locate(f"{named.db}.{named.name}" if named.db else named.name)
    if name in database.tables:
        if tree.args.get("exists"):
            return NOTHING
        raise QueryFailure("TABLE_ALREADY_EXISTS", f"Table {database.shown['Name']}.{name} already exists")
    columns = [_column(each) for each in tree.this.expressions if isinstance(each, exp.ColumnDef)]
    keys: list[dict] = []
    storage: dict = {**TEXT, "SerdeInfo": {"SerializationLibrary": LAZY_SERDE, "Parameters": {}}}
    parameters = {"EXTERNAL": "TRUE"}
    location = None
    for each in tree.args["properties"].expressions if tree.args.get("properties") else []:
        match each:
            case exp.ExternalProperty():
                pass
            case exp.PartitionedByProperty():
                keys = [_column(key) for key in each.this.expressions]
            case exp.LocationProperty():
                location = each.this.name
            case exp.RowFormatSerdeProperty():
                storage["SerdeInfo"]["SerializationLibrary"] = each.this.name
                for pair in _pairs(each.args.get("serde_properties")):
                    storage["SerdeInfo"]["Parameters"].update(pair)
            case exp.SerdeProperties():
                for pair in _pairs(each):
                    storage["SerdeInfo"]["Parameters"].update(pair)
            case exp.RowFormatDelimitedProperty():
                if fields := each.args.get("fields"):
                    delimiter = fields.name.encode().decode("unicode_escape")
                    storage["SerdeInfo"]["Parameters"].update(
                        {"field.delim": delimiter, "serialization.format": delimiter}
                    )
                if null := each.args.get("null"):
                    storage["SerdeInfo"]["Parameters"]["serialization.null.format"] = null.name
            case exp.FileFormatProperty():
                form = each.this.name.upper() if not isinstance(each.this, exp.InputOutputFormat) else ""
                if form == "PARQUET":
                    storage = {**PARQUET}
                elif form == "JSON":
                    storage["SerdeInfo"]["SerializationLibrary"] = JSON_SERDE
                elif form not in ("", "TEXTFILE"):
                    raise unsupported(f"STORED AS {form}")
                elif isinstance(each.this, exp.InputOutputFormat) and "parquet" in each.this.sql().lower():
                    storage.update({part: PARQUET[part] for part in ("InputFormat", "OutputFormat")})
            case exp.SchemaCommentProperty():
                parameters["comment"] = each.this.name
            case exp.Property():
                parameters[each.name] = each.args["value"].name
            case _:
                raise unsupported(f"{each.sql('hive')[:60]} in CREATE EXTERNAL TABLE")
    if location is None:
        raise QueryFailure("INVALID_TABLE_PROPERTY", "LOCATION is required")
    split_location(location)
    storage = {**storage, "Columns": columns, "Location": location}
    catalog.add(
        database,
        name,
        TableType="EXTERNAL_TABLE",
        Parameters=parameters,
        PartitionKeys=keys,
        StorageDescriptor=storage,
    )
    return NOTHING


def _column(node: exp.ColumnDef) -> dict:
    kind = node.args["kind"].sql("hive").lower()
    parse_type(kind)
    comment = next(
        (each.kind.name for each in node.constraints if isinstance(each.kind, exp.CommentColumnConstraint)),
        None,
    )
    return {"Name": node.name.lower(), "Type": _glue_type(kind), **({"Comment": comment} if comment else {})}


def _glue_type(text: str) -> str:
    return re.sub(r"\s*([<>:,])\s*", r"\1", text)


def _pairs(node: exp.Expression | None) -> list[dict[str, str]]:
    return [{each.name: each.args["value"].name} for each in node.expressions] if node else []
