"""The gateway's address, and how it passes responses on."""

import contextlib
import logging
import socket
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from localstack import config
from localstack.aws.api import RequestContext
from localstack.aws.handlers.logging import ResponseLogger
from localstack.config import HostAndPort
from localstack.http import Request, Response
from rolo.gateway import Gateway
from rolo.serving.twisted import TwistedHeaderAdapter
from twisted.internet import reactor
from twisted.internet.defer import Deferred

from isobar_localstack.gateway import request_log, server, whole_responses


def test_the_gateway_listens_only_on_its_configured_address(localstack):
    port = urlsplit(localstack.url).port
    socket.create_connection(("127.0.0.1", port), timeout=5).close()
    # Another loopback address of this machine: a server on all interfaces would answer there, too.
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port), timeout=5)


def test_a_burst_of_connections_waits_for_a_busy_gateway():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    # The reactor does not run: nothing is accepted.
    server.BoundServer().register(Gateway(), [HostAndPort("127.0.0.1", port)])
    try:
        with contextlib.ExitStack() as connections:
            for _ in range(200):
                connections.enter_context(socket.create_connection(("127.0.0.1", port), timeout=0.5))
    finally:
        for listening in reactor.removeAll():
            listening.connectionLost(None)


class _Reactor:
    """Runs at once what is meant for the reactor's thread, and counts it."""

    running = True

    def __init__(self):
        self.calls = 0

    def callFromThread(self, work, *arguments):
        self.calls += 1
        work(*arguments)


class _Request:
    """The part of Twisted's request that a response uses."""

    prepath, postpath = (), (b"a",)
    uri, path, clientproto = b"/a?b=c", b"/a", b"HTTP/1.1"
    content = SimpleNamespace(read=lambda *_: b"")

    def __init__(self, method: bytes):
        self.method = method
        self.requestHeaders, self.responseHeaders = TwistedHeaderAdapter(), TwistedHeaderAdapter()
        self.written: list[bytes] = []
        self.code = self.finished = 0
        self.notifyFinish = Deferred
        self.write = self.written.append

    def getClientAddress(self):
        return SimpleNamespace(host="127.0.0.1", port=1)

    getHost = getClientAddress

    def getHeader(self, _name):
        return None

    def getRequestHostname(self):
        return b"localhost"

    def isSecure(self):
        return False

    def setResponseCode(self, code, _message):
        self.code = code

    def finish(self):
        self.finished += 1


def _respond(response, method: bytes = b"GET") -> tuple[_Request, int]:
    """The request with the response, and how often the reactor was called."""

    def answer(_chain, _context, made):
        made.status_code, made.response = 201, response
        made.headers["X-own"] = "one"

    request, reactor = _Request(method), _Reactor()
    application = whole_responses._Application(Gateway(request_handlers=[answer]))
    whole_responses._Response(reactor, None, application, request).run()
    assert (request.code, request.finished) == (201, 1)
    assert (b"X-own", [b"one"]) in request.responseHeaders.getAllRawHeaders()
    return request, reactor.calls


@pytest.mark.parametrize("parts", [[b"whole"], [b"wh", b"ole"]])
def test_a_complete_response_is_one_step_of_the_reactor(parts):
    request, calls = _respond(parts)
    assert (request.written, calls) == ([b"whole"], 1)
    assert request.responseHeaders.getRawHeaders("content-length") == ["5"]


def test_a_response_without_a_body_is_one_step_of_the_reactor():
    assert (_respond([])[0].written, _respond([])[1]) == ([], 1)
    assert _respond([b"not for HEAD"], b"HEAD")[0].written == []


def test_a_response_is_sent_while_it_is_made():
    request, calls = _respond(iter([b"one", b"two"]))
    assert (request.written, calls) == ([b"one", b"two"], 3)


def test_the_server_formats_no_line_for_each_request(monkeypatch):
    site = server._protocol(Gateway(), None)
    monkeypatch.setattr(site, "_logFormatter", lambda *_: pytest.fail("formatted"))
    site.logFile = SimpleNamespace(write=lambda _line: None)
    site.log(_Request(b"GET"))


@pytest.mark.parametrize(("level", "is_logged"), [("info", True), ("warning", False)])
def test_requests_are_logged_only_at_a_level_that_shows_them(monkeypatch, caplog, level, is_logged):
    monkeypatch.setattr(config, "LS_LOG", level)
    monkeypatch.setattr(ResponseLogger, "__call__", ResponseLogger.__call__)
    caplog.set_level(logging.INFO, "localstack.request")
    request_log.skip_what_is_not_shown()
    request = Request("POST", "/a", body=b"large")
    # The log of an answer reads the body.
    ResponseLogger()(None, RequestContext(request), Response(b"ok"))
    logging.getLogger("localstack.request.aws").info("an invocation past the handlers")
    shown = ["POST /a => 200", "an invocation past the handlers"]
    assert caplog.messages == (shown if is_logged else [])
