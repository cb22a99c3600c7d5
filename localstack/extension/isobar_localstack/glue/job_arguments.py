"""Which of a run's arguments Glue itself acts on, and what becomes of them here.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html
"""

from isobar_localstack.glue.errors import InvalidInput

_REFUSED = {
    "--additional-python-modules": "the local Spark has the modules of its own environment and no others",
    "--extra-jars": "the local Spark has its own jars and no others",
    "--datalake-formats": "the local Spark reads Parquet, JSON and CSV",
}


def refuse_arguments(arguments: dict[str, str]) -> None:
    for name, reason in _REFUSED.items():
        if arguments.get(name):
            raise InvalidInput(f"{name} does not work locally: {reason}.")


def script_arguments(arguments: dict[str, str], *, job: str, run_id: str) -> list[str]:
    """As Glue hands them over: those meant for Glue and some of its own are among them."""
    given = {**arguments, "--JOB_NAME": job, "--JOB_ID": f"j_{job}", "--JOB_RUN_ID": run_id}
    return [text for pair in given.items() for text in pair]


def spark_settings(arguments: dict[str, str]) -> list[str]:
    """`--conf` holds one setting, or several joined by further ` --conf `."""
    return [each.strip() for each in arguments.get("--conf", "").split("--conf") if each.strip()]


def python_files(arguments: dict[str, str]) -> list[str]:
    return [each.strip() for each in arguments.get("--extra-py-files", "").split(",") if each.strip()]
