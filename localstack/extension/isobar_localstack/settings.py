"""The environment variables that tell the extension about the local engines. Nothing else reads them."""

import os
import shutil


class MissingSetting(Exception):
    pass


def _required(name: str, what: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise MissingSetting(f"{name} is not set: it is {what}")
    return value


def kafka_brokers() -> str:
    """host:port,host:port of the brokers behind every MSK cluster."""
    return _required("ISOBAR_KAFKA_BROKERS", "the local Kafka brokers, host:port,host:port")


def postgres_url() -> str:
    """postgresql:// URL of a superuser of the server behind every RDS instance."""
    return _required("ISOBAR_POSTGRES_URL", "the URL of a superuser of the local Postgres")


def node_binary() -> str:
    node = os.environ.get("ISOBAR_NODE") or shutil.which("node")
    return node or _required("ISOBAR_NODE", "the node binary that runs the functions")


def runtime_modules() -> str | None:
    """A node_modules folder that holds what the Lambda runtime itself provides."""
    return os.environ.get("ISOBAR_RUNTIME_MODULES") or None


def java_binary() -> str:
    java = shutil.which(os.environ.get("ISOBAR_JAVA") or "java")
    return java or _required("ISOBAR_JAVA", "the java binary that runs Spark")


def spark_python() -> str:
    """The Python of an environment with PySpark 3.5: it runs the scripts of Glue jobs."""
    return _required("ISOBAR_SPARK_PYTHON", "the Python of an environment with PySpark, for Glue jobs")


def spark_jars() -> str:
    """A folder with hadoop-aws and what it needs, by which Spark reaches S3."""
    return _required("ISOBAR_SPARK_JARS", "the folder of the jars by which Spark reaches S3")


def spark_memory() -> str:
    return os.environ.get("ISOBAR_SPARK_MEMORY") or "1g"


def skipped_resource_types() -> list[str]:
    """CloudFormation types that a stack may name and that nothing stands for locally."""
    listed = os.environ.get("ISOBAR_SKIPPED_RESOURCE_TYPES", "")
    return [name.strip() for name in listed.split(",") if name.strip()]
