from localstack.runtime.server.core import RuntimeServer, RuntimeServerPlugin


class BoundServerPlugin(RuntimeServerPlugin):
    """Chosen by GATEWAY_SERVER=bound."""

    name = "bound"

    def load(self, *args, **kwargs) -> RuntimeServer:
        from isobar_localstack.gateway.server import BoundServer

        return BoundServer()
