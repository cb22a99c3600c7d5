"""The gateway's address."""

import socket
from urllib.parse import urlsplit

import pytest


def test_the_gateway_listens_only_on_its_configured_address(localstack):
    port = urlsplit(localstack.url).port
    socket.create_connection(("127.0.0.1", port), timeout=5).close()
    # Another loopback address of this machine: a server on all interfaces would answer there, too.
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port), timeout=5)
