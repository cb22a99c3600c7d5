"""Entry point of `localstack.runtime.server`. GATEWAY_SERVER=bound selects it."""

from localstack.runtime.server.core import RuntimeServer, RuntimeServerPlugin


class BoundServerPlugin(RuntimeServerPlugin):
    name = "bound"

    def load(self, *args, **kwargs) -> RuntimeServer:
        from isobar_localstack.gateway.server import BoundServer

        return BoundServer()
