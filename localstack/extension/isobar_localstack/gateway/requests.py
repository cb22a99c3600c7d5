"""Requests as the gateway's socket receives them.

A Kafka batch makes an invocation of megabytes. On LocalStack's way through WSGI, its parser and its handlers, these
are written to a temporary file, read again, copied and decoded several times, which costs more than all else that
LocalStack does for it. Here they are received into one buffer, which the executor sends to the function's process.

What is not the plain case, or is refused, goes LocalStack's way and is answered as ever.
"""

import logging
from io import BytesIO

from localstack.services.lambda_.invocation.lambda_models import InvocationResult
from localstack.utils.strings import long_uid
from rolo.serving.twisted import HeaderPreservingHTTPChannel, TwistedRequestAdapter
from twisted.internet import reactor
from twisted.web.http import datetimeToString
from twisted.web.server import version as twisted_version

from isobar_localstack.functions.direct import DirectInvocation, direct_invocation

# LocalStack's own, for its own line.
_LOG = logging.getLogger("localstack.request.aws")
# Enough for the headers of most requests.
_LINES_BYTES = 4096


class GatewayRequest(TwistedRequestAdapter):
    _invocation: DirectInvocation | None = None

    def gotLength(self, length: int | None) -> None:
        """The headers are here, the body is not."""
        if length:
            channel = self.channel
            self._invocation = direct_invocation(
                channel._command.decode("latin-1"), channel._path.decode("latin-1"), self.getHeader
            )
        if self._invocation:
            self.content = _Body(length)
        else:
            super().gotLength(length)

    def process(self) -> None:
        if self._invocation:
            reactor.getThreadPool().callInThread(self._invoke)
        else:
            super().process()

    def _invoke(self) -> None:
        request_id = long_uid()
        try:
            payload = self.content.bytes
            if not payload.isascii():
                payload.decode()  # as Lambda does, LocalStack refuses what is not UTF-8
            result = self._invocation.run(request_id, payload)
        except Exception:  # whatever it is, LocalStack's own way comes to it, and has the words for it
            reactor.callFromThread(self._take_usual_way)
        else:
            reactor.callFromThread(self._answer, request_id, result)

    def _take_usual_way(self) -> None:
        if self._disconnected:
            return
        self.content = BytesIO(self.content.bytes)
        super().process()

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
    """LocalStack's, to the letter."""
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
        """Twisted copies all that has come for each line that it splits off: give it little as long as it reads lines."""
        if self.line_mode and len(data) > _LINES_BYTES:
            super().dataReceived(data[:_LINES_BYTES])
            data = data[_LINES_BYTES:]
        super().dataReceived(data)


class _Body:
    """As much of a file as Twisted needs to fill it: memory of the body's own size, filled in place."""

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
