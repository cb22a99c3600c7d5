"""The arguments of a run that Glue itself acts on, and their local meaning.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html
"""

from importlib.metadata import distributions
from pathlib import Path

from isobar_localstack import settings
from isobar_localstack.glue.errors import InvalidInput

_REFUSED = {
    "--extra-jars": "the local Spark has only its own jars",
    "--datalake-formats": "the local Spark reads Parquet, JSON and CSV",
}


def refuse_arguments(arguments: dict[str, str]) -> None:
    for name, reason in _REFUSED.items():
        if arguments.get(name):
            raise InvalidInput(f"{name} is not supported locally: {reason}. Remove the argument.")
    _refuse_other_modules(arguments.get("--additional-python-modules", ""))


def _refuse_other_modules(listed: str) -> None:
    """Glue installs these modules. Locally they must be in the environment of the local Spark already."""
    for module in filter(None, (each.strip() for each in listed.split(","))):
        name, _, version = module.partition("==")
        found = _installed_version(name)
        if found is None or found != version:
            has = "does not have it" if found is None else f"has {name}=={found}"
            raise InvalidInput(
                f"--additional-python-modules {module} is not supported locally: the environment of the "
                f"local Spark {has}. Ask for a version that it has, or install it there."
            )


def _installed_version(name: str) -> str | None:
    environment = Path(settings.spark_python()).parents[1]
    folders = [str(each) for each in environment.glob("lib/python*/site-packages")]
    found = next(iter(distributions(name=name, path=folders)), None)
    return found.version if found else None


def script_arguments(arguments: dict[str, str], *, job: str, run_id: str) -> list[str]:
    """The script's command line. Like Glue's, it includes arguments for Glue, and Glue adds its own."""
    given = {**arguments, "--JOB_NAME": job, "--JOB_ID": f"j_{job}", "--JOB_RUN_ID": run_id}
    return [text for pair in given.items() for text in pair]


def spark_settings(arguments: dict[str, str]) -> list[str]:
    """The settings in `--conf`: one, or several separated by ` --conf `."""
    return [each.strip() for each in arguments.get("--conf", "").split("--conf") if each.strip()]


def python_files(arguments: dict[str, str]) -> list[str]:
    return [each.strip() for each in arguments.get("--extra-py-files", "").split(",") if each.strip()]
