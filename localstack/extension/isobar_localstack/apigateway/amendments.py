"""Changes LocalStack's API Gateway at start, where no plugin point exists."""

from localstack.runtime import hooks
from localstack.services.apigateway.next_gen.execute_api.integrations.aws import RestApiAwsProxyIntegration
from localstack.utils.strings import long_uid

from isobar_localstack.functions.direct import invocation_of


@hooks.on_infra_start()
def amend_apigateway():
    by_client = RestApiAwsProxyIntegration.call_lambda

    def call_lambda(
        function_arn: str, event: bytes, source_arn: str, credentials: str | None = None
    ) -> bytes:
        """LocalStack's own call goes through a client of boto and the handling of a request of the API."""
        invocation = None if credentials else invocation_of(function_arn)
        if invocation is None:
            return by_client(function_arn, event, source_arn, credentials)
        return invocation.run(long_uid(), bytearray(event)).payload

    RestApiAwsProxyIntegration.call_lambda = staticmethod(call_lambda)
