"""Entry points of `localstack.aws.provider`: the APIs that LocalStack's free edition refuses."""

from localstack.services.plugins import Service, aws_provider


@aws_provider(api="kafka")
def kafka():
    from isobar_localstack.msk.api import MskProvider

    return Service.for_provider(MskProvider())


@aws_provider(api="rds")
def rds():
    from localstack.aws.skeleton import create_dispatch_table
    from localstack.aws.spec import load_service
    from localstack.services.moto import _proxy_moto

    from isobar_localstack.rds.api import RdsProvider

    def dispatch_table(provider):
        by_moto = dict.fromkeys(load_service("rds").operation_names, _proxy_moto)
        return {**by_moto, **create_dispatch_table(provider)}

    return Service.for_provider(RdsProvider(), dispatch_table_factory=dispatch_table)


@aws_provider(api="glue")
def glue():
    from isobar_localstack.glue.api import GlueProvider

    return Service.for_provider(GlueProvider())


@aws_provider(api="athena")
def athena():
    from isobar_localstack.athena.api import AthenaProvider

    return Service.for_provider(AthenaProvider())


@aws_provider(api="stepfunctions", name="isobar")
def stepfunctions():
    """LocalStack's own provider, with metrics and JSONata, able to wait for Athena.

    PROVIDER_OVERRIDE_STEPFUNCTIONS selects it.
    """
    from localstack.services.stepfunctions.provider import StepFunctionsProvider

    from isobar_localstack.athena.step_functions import integrate_athena
    from isobar_localstack.logs.writer import write_logs_of_state_machines_in_process
    from isobar_localstack.stepfunctions.json_path import parse_paths_once
    from isobar_localstack.stepfunctions.jsonata import use_installed_jsonata
    from isobar_localstack.stepfunctions.measurements import measure_executions

    integrate_athena()
    use_installed_jsonata()
    measure_executions()
    parse_paths_once()
    write_logs_of_state_machines_in_process()
    return Service.for_provider(StepFunctionsProvider())
