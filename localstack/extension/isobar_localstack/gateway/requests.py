"""Sends plain synchronous invocations directly from the gateway's socket to the function's process.

A Kafka batch is an invocation of megabytes. LocalStack's request handling (WSGI, parser, handlers) writes
such a payload to a temporary file, reads it again, and copies and decodes it several times. This costs more
than all other work of LocalStack for the invocation. Here the payload is received into one buffer, which the
executor sends on.

The payload may also be in memory that the caller shares (`functions/shared_event.py`). Then it is not even
received.

All other requests, and refused invocations, take LocalStack's own path and get LocalStack's answer.
"""

import contextlib
import logging
from io import BytesIO

from localstack.services.lambda_.invocation.lambda_models import InvocationResult
from localstack.utils.strings import long_uid
from rolo.serving.twisted import HeaderPreservingHTTPChannel, TwistedRequestAdapter
from twisted.internet import reactor
from twisted.web.http import datetimeToString
from twisted.web.server import version as twisted_version

from isobar_localstack.functions import shared_event
from isobar_localstack.functions.direct import DirectInvocation, direct_invocation, is_invocation
from isobar_localstack.functions.shared_event import SharedEvent

# LocalStack's logger: each invocation still logs LocalStack's line.
_LOG = logging.getLogger("localstack.request.aws")
# Enough for the headers of most requests.
_LINES_BYTES = 4096


class GatewayRequest(TwistedRequestAdapter):
    _invocation: DirectInvocation | None = None
    _shared: str | None = None

    def gotLength(self, length: int | None) -> None:
        """Called by Twisted between the headers and the body."""
        method, uri = (text.decode("latin-1") for text in (self.channel._command, self.channel._path))
        shared = self.getHeader(shared_event.HEADER)
        self._shared = shared if shared and is_invocation(method, uri) else None
        if length or self._shared:
            self._invocation = direct_invocation(method, uri, self.getHeader)
        if self._invocation and not self._shared:
            self.content = _Body(length)
        else:
            super().gotLength(length)

    def process(self) -> None:
        if self._shared:
            reactor.getThreadPool().callInThread(self._invoke_shared)
        elif self._invocation:
            reactor.getThreadPool().callInThread(self._invoke, self.content.bytes)
        else:
            super().process()

    def _invoke(self, payload: bytearray) -> None:
        request_id = long_uid()
        try:
            if not payload.isascii():
                payload.decode()  # LocalStack refuses a payload that is not UTF-8, as Lambda does
            result = self._invocation.run(request_id, payload)
        except Exception:  # LocalStack's own path meets the same error, and words the answer
            reactor.callFromThread(self._take_usual_path, payload)
        else:
            reactor.callFromThread(self._answer, request_id, result)

    def _invoke_shared(self) -> None:
        try:
            event = SharedEvent(self._shared)
        except ValueError as error:
            reactor.callFromThread(self._refuse, str(error))
            return
        request_id = long_uid()
        with contextlib.closing(event):
            try:
                if not self._invocation:
                    raise ValueError("not a plain invocation")
                result = self._invocation.run(request_id, event)
            except Exception:
                reactor.callFromThread(self._take_usual_path, event.read())
            else:
                reactor.callFromThread(self._answer, request_id, result)

    def _take_usual_path(self, payload: bytes | bytearray) -> None:
        if self._disconnected:
            return
        self.content = BytesIO(payload)
        # A shared payload came without one.
        self.requestHeaders.setRawHeaders("content-length", [str(len(payload))])
        super().process()

    def _refuse(self, why: str) -> None:
        if self._disconnected:
            return
        self.setResponseCode(400)
        self.write(f"{shared_event.HEADER}: {why}".encode())
        self.finish()

    def _answer(self, request_id: str, result: InvocationResult) -> None:
        _LOG.info("AWS %s.%s => %s", "lambda", "Invoke", 200)
        if self._disconnected:
            return
        for name, value in _headers(request_id, result).items():
            self.setHeader(name, value)
            self.responseHeaders.rememberHeaderCasing(name.encode())
        self.write(result.payload)
        self.finish()


def _headers(request_id: str, result: InvocationResult) -> dict[str, str]:
    """The same headers as LocalStack's own answer."""
    headers = {
        "Server": twisted_version.decode(),
        "Date": datetimeToString().decode(),
        "Content-Type": "text/plain; charset=utf-8",
        "x-amzn-RequestId": request_id,
        "x-amz-request-id": request_id,
        "x-localstack": "true",
        "X-Amz-Executed-Version": result.executed_version,
        "Content-Length": str(len(result.payload)),
    }
    if result.is_error:
        headers["X-Amz-Function-Error"] = "Unhandled"
    return headers


class GatewayChannel(HeaderPreservingHTTPChannel):
    def dataReceived(self, data: bytes) -> None:
        """Passes small pieces while Twisted reads lines: it copies all received data for each line."""
        if self.line_mode and len(data) > _LINES_BYTES:
            super().dataReceived(data[:_LINES_BYTES])
            data = data[_LINES_BYTES:]
        super().dataReceived(data)


class _Body:
    """The part of the file interface that Twisted uses, on a buffer of the body's size."""

    def __init__(self, length: int):
        self.bytes = bytearray(length)
        self._rest = memoryview(self.bytes)

    def write(self, chunk: bytes) -> None:
        self._rest[: len(chunk)] = chunk
        self._rest = self._rest[len(chunk) :]

    def tell(self) -> int:
        return len(self.bytes) - len(self._rest)

    def seek(self, *_position: int) -> None:
        pass

    def close(self) -> None:
        pass
