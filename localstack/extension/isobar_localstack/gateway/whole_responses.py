"""Gives a complete response to Twisted in one step.

Twisted's WSGI asks its reactor to write, waits until that is done, and asks it to finish: three changes of
the thread for each response. Responses that are made while they are sent keep Twisted's way.
"""

from collections.abc import Iterable

from rolo.gateway import Gateway
from rolo.gateway.wsgi import WsgiGateway
from rolo.response import Response
from rolo.serving.twisted import (
    HeaderPreservingWSGIResource,
    HeaderPreservingWSGIResponse,
    WebsocketResourceDecorator,
)
from rolo.websocket import WebSocketRequest
from twisted.internet import reactor
from twisted.web.server import NOT_DONE_YET
from werkzeug.datastructures import Headers, MultiDict
from werkzeug.wrappers import Request

_IS_WHOLE = "isobar.is_whole"


class _Application(WsgiGateway):
    def __call__(self, environ, start_response) -> Iterable[bytes]:
        request = Request(environ)
        raw_headers = environ["rolo.headers"]
        request.headers = Headers(
            MultiDict([(name.decode("latin-1"), value.decode("latin-1")) for name, value in raw_headers])
        )
        response = Response()
        self.gateway.process(request, response)
        environ[_IS_WHOLE] = response.is_sequence
        parts = response(environ, start_response)
        if not response.is_sequence:
            return parts
        try:
            return [b"".join(parts)]
        finally:
            parts.close()


class _Response(HeaderPreservingWSGIResponse):
    _body: bytes | None = None

    def write(self, data: bytes) -> None:
        if self.environ[_IS_WHOLE]:
            self._body = data
        else:
            super().write(data)

    def _sendResponseHeaders(self) -> None:
        """Called when the response is complete, unless a part is written before."""
        super()._sendResponseHeaders()
        if self._body is not None:
            self.request.write(self._body)


class _Resource(HeaderPreservingWSGIResource):
    def render(self, request):
        _Response(self._reactor, self._threadpool, self._application, request).start()
        return NOT_DONE_YET


def resource_of(gateway: Gateway) -> WebsocketResourceDecorator:
    """Serves what rolo's own resource serves."""
    return WebsocketResourceDecorator(
        original=_Resource(reactor, reactor.getThreadPool(), _Application(gateway)),
        websocketListener=WebSocketRequest.listener(gateway.accept),
    )
