"""botocore's models of services, read once.

Each loader of botocore reads the models for itself, and each session, account and region has one. They were
200 of LocalStack's 470 MB of objects after a deploy. A model is data that nobody changes, but for botocore's
own additions, which are the same each time.
"""

import functools
import gzip
import json
import threading
from pathlib import Path

from localstack.runtime import hooks


@hooks.on_runtime_create()
def read_models_once():
    from botocore.loaders import ExtrasProcessor, JSONFileLoader

    JSONFileLoader.load_file = staticmethod(_load)
    ExtrasProcessor.process = _once_for_a_model(ExtrasProcessor.process)


@functools.cache
def _read(file: str):
    data = Path(file).read_bytes()
    # botocore's own reader makes ordered dictionaries, of half as much memory again.
    return json.loads(gzip.decompress(data) if file.endswith(".gz") else data)


def _load(file_path: str):
    """In place of `JSONFileLoader.load_file`: `file_path` has no ending, and its file may not exist."""
    for ending in (".json", ".json.gz"):
        if Path(file_path + ending).is_file():
            return _read(file_path + ending)
    return None


def _once_for_a_model(process):
    """`process` merges additions into a model. A second time it would change one that others read."""
    merged, one_at_a_time = {}, threading.Lock()

    def process_once(processor, original_model, extra_models):
        with one_at_a_time:
            if id(original_model) not in merged:
                process(processor, original_model, extra_models)
                merged[id(original_model)] = original_model

    return process_once
