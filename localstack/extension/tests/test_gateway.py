"""The gateway's address."""

import socket
from urllib.parse import urlsplit

import pytest


def test_listens_on_the_address_it_was_given_only(localstack):
    port = urlsplit(localstack.url).port
    socket.create_connection(("127.0.0.1", port), timeout=5).close()
    # Another address of the same machine, which a server on all interfaces would answer on.
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port), timeout=5)
