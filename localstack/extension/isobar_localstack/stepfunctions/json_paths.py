"""Reads each JSONPath of a state machine once.

LocalStack's parser builds its grammar tables anew for each path that it reads, in each state of each
execution: three quarters of the CPU time of a state that compares two paths.
"""

from functools import lru_cache

_KEPT_PATHS = 4096


def parse_each_path_once() -> None:
    from localstack.services.stepfunctions.asl.component.common.path import result_path
    from localstack.services.stepfunctions.asl.utils import json_path

    # Two grammars: the path of a result knows no filters.
    for module in (json_path, result_path):
        module.parse = lru_cache(_KEPT_PATHS)(module.parse)
