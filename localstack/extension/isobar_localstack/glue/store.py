"""The state of the Data Catalog, in the form of Glue's get operations."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from localstack.services.stores import AccountRegionBundle, BaseStore, LocalAttribute

from isobar_localstack.glue.errors import AlreadyExists, EntityNotFound

Values = tuple[str, ...]


@dataclass
class CatalogTable:
    # Oldest first. The last version is the current table.
    versions: list[dict]
    partitions: dict[Values, dict] = field(default_factory=dict)

    @property
    def latest(self) -> dict:
        return self.versions[-1]

    def partition(self, values: list[str]) -> dict:
        found = self.partitions.get(tuple(values))
        if found is None:
            raise EntityNotFound("Cannot find partition.")
        return found

    def add_partition(self, partition: dict) -> None:
        if tuple(partition["Values"]) in self.partitions:
            raise AlreadyExists("Partition already exists.")
        self.partitions[tuple(partition["Values"])] = partition


@dataclass
class CatalogDatabase:
    shown: dict
    tables: dict[str, CatalogTable] = field(default_factory=dict)

    def table(self, name: str) -> CatalogTable:
        found = self.tables.get(name.lower())
        if found is None:
            raise EntityNotFound(f"Table {name} not found.")
        return found


class CatalogStore(BaseStore):
    databases: dict[str, CatalogDatabase] = LocalAttribute(default=dict)

    def database(self, name: str) -> CatalogDatabase:
        found = self.databases.get(name.lower())
        if found is None:
            raise EntityNotFound(f"Database {name} not found.")
        return found


catalog_stores = AccountRegionBundle("glue", CatalogStore)


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
