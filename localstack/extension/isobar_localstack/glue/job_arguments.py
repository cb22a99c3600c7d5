"""The arguments of a run that Glue itself acts on, and their local meaning.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html
"""

from isobar_localstack.glue.errors import InvalidInput

_REFUSED = {
    "--additional-python-modules": "the local Spark has only the modules of its own environment",
    "--extra-jars": "the local Spark has only its own jars",
    "--datalake-formats": "the local Spark reads Parquet, JSON and CSV",
}


def refuse_arguments(arguments: dict[str, str]) -> None:
    for name, reason in _REFUSED.items():
        if arguments.get(name):
            raise InvalidInput(f"{name} is not supported locally: {reason}. Remove the argument.")


def script_arguments(arguments: dict[str, str], *, job: str, run_id: str) -> list[str]:
    """The script's command line. Like Glue's, it includes arguments for Glue, and Glue adds its own."""
    given = {**arguments, "--JOB_NAME": job, "--JOB_ID": f"j_{job}", "--JOB_RUN_ID": run_id}
    return [text for pair in given.items() for text in pair]


def spark_settings(arguments: dict[str, str]) -> list[str]:
    """The settings in `--conf`: one, or several separated by ` --conf `."""
    return [each.strip() for each in arguments.get("--conf", "").split("--conf") if each.strip()]


def python_files(arguments: dict[str, str]) -> list[str]:
    return [each.strip() for each in arguments.get("--extra-py-files", "").split(",") if each.strip()]
