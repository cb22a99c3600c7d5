"""Reads the extension's environment variables. No other module reads them."""

import os
import shutil


class MissingSetting(Exception):
    pass


def _required(name: str, what: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise MissingSetting(f"{name} is not set. Set it to {what}.")
    return value


def kafka_brokers() -> str:
    """The brokers behind every MSK cluster: host:port,host:port."""
    return _required("ISOBAR_KAFKA_BROKERS", "the local Kafka brokers: host:port,host:port")


def postgres_url() -> str:
    """The postgresql:// URL of a superuser. Every RDS instance is on this server."""
    return _required("ISOBAR_POSTGRES_URL", "the URL of a superuser of the local Postgres")


def node_binary() -> str:
    node = os.environ.get("ISOBAR_NODE") or shutil.which("node")
    return node or _required("ISOBAR_NODE", "the node binary for the functions")


def runtime_modules() -> str | None:
    """The node_modules folder with the packages that the Lambda runtime provides."""
    return os.environ.get("ISOBAR_RUNTIME_MODULES") or None


def java_binary() -> str:
    java = shutil.which(os.environ.get("ISOBAR_JAVA") or "java")
    return java or _required("ISOBAR_JAVA", "the java binary for Spark and JSONata")


def spark_python() -> str:
    """The Python that runs the scripts of Glue jobs, in an environment with PySpark 3.5."""
    return _required("ISOBAR_SPARK_PYTHON", "the Python of an environment with PySpark 3.5, for Glue jobs")


def spark_jars() -> str:
    """The folder with hadoop-aws and its dependencies, which Spark needs for S3."""
    return _required("ISOBAR_SPARK_JARS", "the folder with hadoop-aws and its dependencies, for Spark")


def jsonata_jars() -> str:
    """The folder with JSONata and its dependencies, which LocalStack would download."""
    return _required("ISOBAR_JSONATA_JARS", "the folder with the jars of localstack/jsonata/pom.xml")


def spark_memory() -> str:
    return os.environ.get("ISOBAR_SPARK_MEMORY") or "1g"


def skipped_resource_types() -> list[str]:
    """CloudFormation types that a stack may contain, although nothing provides them locally."""
    listed = os.environ.get("ISOBAR_SKIPPED_RESOURCE_TYPES", "")
    return [name.strip() for name in listed.split(",") if name.strip()]
