"""The Glue catalog, as statements use it."""

import re
from dataclasses import dataclass

from isobar_localstack.athena.errors import QueryFailure
from isobar_localstack.athena.objects import LocalObjects
from isobar_localstack.glue.errors import EntityNotFound
from isobar_localstack.glue.store import CatalogDatabase, CatalogStore, CatalogTable, now


@dataclass
class Catalog:
    """The catalog in the context of a statement. `database` is the default database."""

    store: CatalogStore
    objects: LocalObjects
    account: str
    database: str

    def named(self, name: str) -> CatalogDatabase:
        try:
            return self.store.database(name)
        except EntityNotFound as error:
            raise QueryFailure("SCHEMA_NOT_FOUND", f"Schema '{name}' does not exist") from error

    def locate(self, name: str) -> tuple[CatalogDatabase, str]:
        """The database and the table name in `[database.]table`, quoted or not."""
        parts = [
            part.strip().strip('`"').lower()
            for part in re.split(r"\.(?=[^.`\"]*(?:[`\"][^`\"]*[`\"])?$)", name)
        ]
        return self.named(parts[-2] if len(parts) > 1 else self.database), parts[-1]

    def table(self, name: str) -> CatalogTable:
        database, table = self.locate(name)
        if table not in database.tables:
            raise QueryFailure("TABLE_NOT_FOUND", f"Table '{database.shown['Name']}.{table}' does not exist")
        return database.tables[table]

    def add(self, database: CatalogDatabase, name: str, **shown) -> CatalogTable:
        table = {
            "Name": name,
            "DatabaseName": database.shown["Name"],
            "Owner": "hadoop",
            "CreateTime": now(),
            "UpdateTime": now(),
            "Retention": 0,
            "PartitionKeys": [],
            "CatalogId": self.account,
            "IsRegisteredWithLakeFormation": False,
            "VersionId": "0",
            **shown,
        }
        database.tables[name] = CatalogTable([table])
        return database.tables[name]

    def add_partition(self, table: CatalogTable, values: list[str], location: str) -> None:
        table.add_partition(
            {
                "Values": values,
                "DatabaseName": table.latest["DatabaseName"],
                "TableName": table.latest["Name"],
                "CatalogId": self.account,
                "CreationTime": now(),
                "StorageDescriptor": {**table.latest["StorageDescriptor"], "Location": location},
                "Parameters": {},
            }
        )

    def register_partition(self, table: CatalogTable, values: list[str], location: str) -> None:
        """Registers a partition that INSERT INTO wrote, unless it exists."""
        if tuple(values) not in table.partitions:
            self.add_partition(table, values, location)
