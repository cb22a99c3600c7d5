"""What Lambda refuses at the creation and update of a function and LocalStack accepts, and what does not run
here."""

from localstack.aws.api.lambda_ import InvalidParameterValueException, PackageType
from localstack.services.lambda_.provider import LambdaProvider
from localstack.utils.patch import patch

from isobar_localstack.functions import runtimes

# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
_RESERVED_VARIABLES = {
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
}


def refuse_what_does_not_run() -> None:
    patch(LambdaProvider._validate_runtime)(_check_runtime)
    patch(LambdaProvider.update_function_configuration)(_check_update)
    _verify_size = LambdaProvider._verify_env_variables

    def verify(variables: dict[str, str]) -> None:
        _check_variables(variables)
        _verify_size(variables)

    LambdaProvider._verify_env_variables = staticmethod(verify)


def _check_runtime(default, provider, package_type, runtime) -> None:
    if package_type != PackageType.Image:
        default(provider, package_type, runtime)
    if reason := runtimes.refusal(package_type, runtime):
        raise InvalidParameterValueException(reason, Type="User")


def _check_update(default, provider, context, request):
    if "Runtime" in request:
        provider._validate_runtime(PackageType.Zip, request["Runtime"])
    return default(provider, context, request)


def _check_variables(variables: dict[str, str]) -> None:
    if reserved := sorted(_RESERVED_VARIABLES & variables.keys()):
        raise InvalidParameterValueException(
            "Lambda was unable to configure your environment variables because the environment variables you "
            "have provided contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(reserved)}",
            Type="User",
        )
