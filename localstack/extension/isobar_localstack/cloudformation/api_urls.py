"""URLs of REST APIs that a template puts together. LocalStack puts its port into AWS's host name, which no
machine resolves to it. Here they become the gateway's own path."""

import re

from localstack.services.cloudformation.engine.v2.change_set_model_preproc import ChangeSetModelPreproc
from localstack.utils.urls import localstack_host

_URL = re.compile(r"https?://(?P<id>[^./]+)\.execute-api\.[\w-]+\.[^/]+/?(?P<path>.*)")


def make_api_urls_resolve() -> None:
    ChangeSetModelPreproc._perform_static_replacements = staticmethod(_reachable)


def _reachable(value: str) -> str:
    found = _URL.fullmatch(value)
    return f"http://{localstack_host()}/_aws/execute-api/{found['id']}/{found['path']}" if found else value
