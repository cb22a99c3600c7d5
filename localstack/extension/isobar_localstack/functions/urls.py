"""Function URLs that resolve on every machine: http://<gateway>/_aws/lambda-url/<id>/.

LocalStack's own form has the id in the host name, below a domain that does not resolve offline. It is still
answered: http://<id>.lambda-url.<region>.<any host>.
"""

from collections.abc import Callable

from localstack.http import Request, Response
from localstack.services.edge import ROUTER
from localstack.services.lambda_ import provider
from localstack.services.lambda_.invocation.models import lambda_stores
from localstack.services.lambda_.urlrouter import FunctionUrlRouter
from localstack.utils.patch import patch
from localstack.utils.urls import localstack_host

_PREFIX = "/_aws/lambda-url"


def serve_urls_by_path() -> None:
    config_of = provider.FunctionUrlConfig

    def with_path_form(*, url_id: str, **settings):
        url = f"http://{localstack_host().host_and_port()}{_PREFIX}/{url_id}/"
        return config_of(**{**settings, "url_id": url_id, "url": url})

    provider.FunctionUrlConfig = with_path_form

    @patch(FunctionUrlRouter.register_routes)
    def _with_paths(register: Callable, router: FunctionUrlRouter) -> None:
        if not router.registered:
            for path in (f"{_PREFIX}/<api_id>", f"{_PREFIX}/<api_id>/", f"{_PREFIX}/<api_id>/<path:path>"):
                ROUTER.add(path, lambda request, api_id, path="": _answer(router, request, api_id))
        register(router)


def _answer(router: FunctionUrlRouter, request: Request, api_id: str) -> Response:
    prefix = f"{_PREFIX}/{api_id}"
    inner = Request(
        method=request.method,
        path=request.path.removeprefix(prefix) or "/",
        headers=request.headers,
        body=request.get_data(),
        query_string=request.query_string.decode("latin-1"),
    )
    return router.handle_lambda_url_invocation(inner, api_id, _region_of(api_id))


def _region_of(api_id: str) -> str:
    for _account, region, store in lambda_stores.iter_stores():
        for function in store.functions.values():
            if any(url.url_id == api_id for url in function.function_url_configs.values()):
                return region
    return "us-east-1"  # LocalStack refuses the unknown id
