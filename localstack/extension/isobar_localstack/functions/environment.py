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
    layers: str | None,
) -> dict[str, str]:
    """Takes only Lambda's own variables from `from_localstack`, which also holds LocalStack's internals.
    `layers` is the folder that is /opt on Lambda."""
    path = f"{bin_folder}:/usr/local/bin:/usr/bin:/bin"
    return {
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "PATH": f"{path}:{layers}/bin" if layers else path,
        **(_search_paths(runtime, layers) if layers else {}),
        **{name: str(from_localstack[name]) for name in _FROM_LAMBDA if name in from_localstack},
        **own,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{runtime}",
        "LAMBDA_TASK_ROOT": task_root,
        "LAMBDA_RUNTIME_DIR": str(Path(__file__).parent / "runtime"),
    }


def _search_paths(runtime: str, layers: str) -> dict[str, str]:
    """https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html#packaging-layers-paths"""
    libraries = {"LD_LIBRARY_PATH": f"{layers}/lib"}
    if runtime.startswith("nodejs"):
        version = runtime.removesuffix(".x").replace("nodejs", "node")
        folders = (f"{layers}/nodejs/{version}/node_modules", f"{layers}/nodejs/node_modules")
        return {**libraries, "NODE_PATH": ":".join(folders)}
    return {**libraries, "ISOBAR_LAYERS": layers}
