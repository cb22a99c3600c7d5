"""The environment variables of a function: those that Lambda sets, and the function's own."""

from pathlib import Path

# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html, and LocalStack's endpoint.
_FROM_LAMBDA = (
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_LOG_FORMAT",
    "AWS_LAMBDA_LOG_LEVEL",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_XRAY_CONTEXT_MISSING",
    "AWS_XRAY_DAEMON_ADDRESS",
    "AWS_ENDPOINT_URL",
)


def function_environment(
    from_localstack: dict[str, object],
    own: dict[str, str],
    *,
    runtime: str,
    bin_folder: str,
    task_root: str,
) -> dict[str, str]:
    """Takes only Lambda's own variables from `from_localstack`, which also holds LocalStack's internals."""
    return {
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "PATH": f"{bin_folder}:/usr/local/bin:/usr/bin:/bin",
        **{name: str(from_localstack[name]) for name in _FROM_LAMBDA if name in from_localstack},
        **own,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{runtime}",
        "LAMBDA_TASK_ROOT": task_root,
        "LAMBDA_RUNTIME_DIR": str(Path(__file__).parent / "runtime"),
    }
