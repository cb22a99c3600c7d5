"""Parses each JSONPath once. LocalStack makes a parser with its tables for each use: 20 ms of CPU."""

from functools import lru_cache

from localstack.services.stepfunctions.asl.component.common.path import result_path
from localstack.services.stepfunctions.asl.utils import json_path

_KEPT = 1024


def parse_paths_once() -> None:
    for module in (json_path, result_path):
        module.parse = lru_cache(maxsize=_KEPT)(module.parse)
