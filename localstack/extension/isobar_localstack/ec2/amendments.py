"""Changes LocalStack's EC2 at start, where no setting exists."""

from collections import UserDict

from localstack.runtime import hooks
from moto.utilities import utils

_load = utils.load_resource


@hooks.on_infra_start()
def amend_ec2():
    """Reads the instance types that a region offers when they are asked for. Moto reads the tables of all
    regions at its import: 144,000 entries, which take a second and 60 MB."""
    utils.load_resource = lambda package, file: (
        [] if "instance_type_offerings" in file else _load(package, file)
    )
    from moto.ec2.models import instance_types

    utils.load_resource = _load
    offerings = instance_types.INSTANCE_TYPE_OFFERINGS
    for location_type, regions in offerings.items():
        offerings[location_type] = _Offerings(location_type, regions)


class _Offerings(UserDict):
    """The offerings by region."""

    def __init__(self, location_type: str, regions: dict[str, list]):
        super().__init__(regions)
        self._location_type = location_type

    def __getitem__(self, region: str) -> list[dict]:
        if not self.data[region]:
            file = f"../resources/instance_type_offerings/{self._location_type}/{region}.json"
            offerings = _load("moto.ec2.models.instance_types", file)
            self.data[region] = [{**each, "LocationType": self._location_type} for each in offerings]
        return self.data[region]
