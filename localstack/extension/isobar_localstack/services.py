"""LocalStack's entry point `localstack.aws.provider`: the APIs that its free edition refuses."""

from localstack.services.plugins import Service, aws_provider


@aws_provider(api="kafka")
def kafka():
    from isobar_localstack.msk.api import MskProvider

    return Service.for_provider(MskProvider())


@aws_provider(api="rds")
def rds():
    from localstack.services.moto import MotoFallbackDispatcher

    from isobar_localstack.rds.api import RdsProvider

    return Service.for_provider(RdsProvider(), dispatch_table_factory=MotoFallbackDispatcher)
