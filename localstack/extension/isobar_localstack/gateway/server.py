"""The gateway's server. LocalStack's own server uses only the port of GATEWAY_LISTEN, on every IPv4
interface."""

from functools import lru_cache

from localstack import config
from localstack.aws.serving.twisted import TLSMultiplexerFactory
from localstack.runtime.server.twisted import TwistedRuntimeServer
from rolo.gateway import Gateway
from rolo.serving.twisted import TwistedGateway
from twisted.internet import endpoints, reactor, ssl
from twisted.internet.protocol import ServerFactory
from twisted.web import http
from twisted.web.http import _GenericHTTPChannelProtocol

from isobar_localstack.gateway.request_log import skip_what_is_not_shown
from isobar_localstack.gateway.requests import GatewayChannel, GatewayRequest
from isobar_localstack.gateway.whole_responses import resource_of

# Twisted parses the content type of each POST as that of an e-mail. Clients have a handful of them.
http._parseContentType = lru_cache(maxsize=256)(http._parseContentType)

# Connections that wait until they are accepted. Beyond Twisted's 50, the kernel ignores them, and clients try
# again a second later, or are reset.
_BACKLOG = 1024


class BoundServer(TwistedRuntimeServer):
    def register(
        self,
        gateway: Gateway,
        listen: list[config.HostAndPort],
        ssl_creds: tuple[str, str] | None = None,
    ) -> None:
        skip_what_is_not_shown()
        factory = _protocol(gateway, ssl_creds)
        for address in listen:
            is_ipv6 = config.is_ipv6_address(address.host)
            endpoint = endpoints.TCP6ServerEndpoint if is_ipv6 else endpoints.TCP4ServerEndpoint
            endpoint(reactor, address.port, backlog=_BACKLOG, interface=address.host).listen(factory)


def _protocol(gateway: Gateway, ssl_creds: tuple[str, str] | None) -> ServerFactory:
    site = TwistedGateway(gateway)
    site.resource = resource_of(gateway)
    # Twisted formats a line for each request, which LocalStack shows nowhere.
    site.log = lambda _request: None
    site.protocol = lambda: _GenericHTTPChannelProtocol(GatewayChannel())
    site.requestFactory = GatewayRequest
    if ssl_creds is None:
        return site
    certificate, key = ssl_creds
    context_factory = ssl.DefaultOpenSSLContextFactory(key, certificate)
    context_factory.getContext().use_certificate_chain_file(certificate)
    return TLSMultiplexerFactory(context_factory, False, site)
