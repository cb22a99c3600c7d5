"""Entry point of `localstack.lambda.runtime_executor`. LAMBDA_RUNTIME_EXECUTOR=subprocess selects it."""

from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin


class SubprocessExecutorPlugin(RuntimeExecutorPlugin):
    name = "subprocess"

    def load(self, *args, **kwargs):
        from isobar_localstack.functions.executor import SubprocessRuntimeExecutor

        return SubprocessRuntimeExecutor
