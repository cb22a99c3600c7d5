"""RDS's API. moto stores the instances; this module creates their roles and databases."""

from localstack.aws.api import CommonServiceException, RequestContext, handler
from localstack.services.moto import call_moto
from localstack.services.plugins import ServiceLifecycleHook
from moto.rds.models import DBInstance

from isobar_localstack.rds.postgres import (
    RoleIsTaken,
    drop_database,
    drop_role,
    ensure_database,
    ensure_role,
    server_address,
)


class RdsProvider(ServiceLifecycleHook):
    service = "rds"
    version = "2014-10-31"

    def on_after_init(self) -> None:
        # Every instance is on the local server. A requested port has no effect.
        DBInstance.address = property(lambda _instance: server_address()[0])
        DBInstance.port = property(lambda _instance: server_address()[1], lambda _instance, _port: None)

    @handler("CreateDBInstance", expand=False)
    def create_db_instance(self, context: RequestContext, request: dict) -> dict:
        if request["Engine"] != "postgres":
            raise _invalid(f"Engine {request['Engine']} is not supported locally. Use postgres.")
        user, password = request.get("MasterUsername"), request.get("MasterUserPassword")
        if not user or not password:
            raise _invalid("MasterUsername and MasterUserPassword are required.")
        answer = call_moto(context)
        _ensure_login(user, password)
        if name := request.get("DBName"):
            ensure_database(name, user)
        return answer

    @handler("ModifyDBInstance", expand=False)
    def modify_db_instance(self, context: RequestContext, request: dict) -> dict:
        answer = call_moto(context)
        if password := request.get("MasterUserPassword"):
            _ensure_login(answer["DBInstance"]["MasterUsername"], password)
        return answer

    @handler("DeleteDBInstance", expand=False)
    def delete_db_instance(self, context: RequestContext, request: dict) -> dict:
        answer = call_moto(context)
        instance = answer["DBInstance"]
        if name := instance.get("DBName"):
            drop_database(name)
        drop_role(instance["MasterUsername"])
        return answer


def _ensure_login(user: str, password: str) -> None:
    try:
        ensure_role(user, password)
    except RoleIsTaken as error:
        raise _invalid(str(error)) from error


def _invalid(message: str) -> CommonServiceException:
    return CommonServiceException("InvalidParameterValue", message, sender_fault=True)
