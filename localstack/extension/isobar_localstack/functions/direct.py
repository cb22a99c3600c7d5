"""Recognises plain synchronous invocations, and runs them without LocalStack's request handling."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from localstack.aws.accounts import get_account_id_from_access_key_id
from localstack.aws.api.lambda_ import InvocationType
from localstack.runtime import events
from localstack.services.lambda_.invocation.lambda_models import InvocationResult
from localstack.services.lambda_.invocation.lambda_service import LambdaService
from localstack.services.lambda_.invocation.models import lambda_stores
from localstack.utils.patch import patch

from isobar_localstack.functions.shared_event import SharedEvent

_PATH = re.compile(r"/2015-03-31/functions/([^/?]+)/invocations")
# LocalStack parses all other spellings of a name.
_FUNCTION = re.compile(
    r"(?:arn:aws:lambda:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):function:)?"
    r"(?P<name>[a-zA-Z0-9_-]{1,64})(?::(?P<qualifier>\$LATEST|[a-zA-Z0-9_-]{1,128}))?"
)
_CREDENTIAL = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/, ]+)/\d+/(?P<region>[a-z0-9-]+)/lambda/aws4_request,.*"
)
# A request with one of these headers needs LocalStack's own handling.
_UNSUPPORTED_HEADERS = (
    "content-encoding",
    "origin",
    "transfer-encoding",
    "upgrade",
    "x-amz-client-context",
    "x-amz-durable-execution-name",
    "x-amz-log-type",
    "x-amz-tenant-id",
    "x-amzn-trace-id",
    "x-localstack-data",
    "x-localstack-tgt-api",
    "x-moto-account-id",
)
_lambda_service: LambdaService | None = None


def find_lambda_service() -> None:
    """Remembers LocalStack's Lambda service, which is created at the first request and at each reset."""

    @patch(LambdaService.__init__)
    def _remember(init, self):
        global _lambda_service
        init(self)
        _lambda_service = self


@dataclass(frozen=True)
class DirectInvocation:
    account: str
    region: str
    name: str
    qualifier: str | None

    def run(self, request_id: str, payload: bytearray | SharedEvent) -> InvocationResult:
        """Raises the errors of LocalStack's Lambda service."""
        return _lambda_service.invoke(
            function_name=self.name,
            qualifier=self.qualifier,
            region=self.region,
            account_id=self.account,
            invocation_type=InvocationType.RequestResponse,
            client_context=None,
            request_id=request_id,
            # Not `bytes`, which LocalStack decodes more than once. The executor accepts the others.
            payload=payload,
        )


def is_invocation(method: str, uri: str) -> bool:
    return method == "POST" and _PATH.fullmatch(uri.partition("?")[0]) is not None


def direct_invocation(method: str, uri: str, header: Callable[[str], str | None]) -> DirectInvocation | None:
    """The requested invocation, if it is plain and synchronous and the function exists. Otherwise None."""
    path = _PATH.fullmatch(uri)
    if method != "POST" or not path or not _lambda_service or events.infra_stopping.is_set():
        return None
    if header("x-amz-invocation-type") not in (None, InvocationType.RequestResponse):
        return None
    if any(header(name) is not None for name in _UNSUPPORTED_HEADERS):
        return None
    content_type = header("content-type") or ""
    if content_type.startswith(("application/x-www-form-urlencoded", "multipart/")):
        return None
    credential = _CREDENTIAL.fullmatch(header("authorization") or "")
    function = _FUNCTION.fullmatch(unquote(path[1]))
    if not credential or not function:
        return None
    account, region = get_account_id_from_access_key_id(credential["key"]), credential["region"]
    if function["account"] not in (None, account) or function["region"] not in (None, region):
        return None
    return _of_existing(account, region, function)


def invocation_of(function_arn: str) -> DirectInvocation | None:
    """The invocation of a function that exists. None when LocalStack itself has to look at the ARN."""
    function = _FUNCTION.fullmatch(function_arn)
    if not _lambda_service or events.infra_stopping.is_set() or not function or not function["account"]:
        return None
    return _of_existing(function["account"], function["region"], function)


def _of_existing(account: str, region: str, function: re.Match[str]) -> DirectInvocation | None:
    # Not lambda_stores[account][region], which would create a store.
    if account not in lambda_stores or region not in lambda_stores[account]:
        return None
    if function["name"] not in lambda_stores[account][region].functions:
        return None
    return DirectInvocation(account, region, function["name"], function["qualifier"])
