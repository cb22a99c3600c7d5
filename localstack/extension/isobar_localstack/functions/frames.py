"""Frames on the socket between LocalStack and a function's process.

A frame is two big-endian 32-bit lengths, a small JSON header and a payload of raw bytes. The payload is the
caller's request or answer, neither parsed nor escaped. `runtime/frames.mjs` is the other end.
"""

import json
import socket
import struct
import time

_LENGTHS = struct.Struct(">II")


class ConnectionClosed(Exception):
    """The process has closed its end: it has exited or is exiting."""


def send_frame(connection: socket.socket, header: dict, payload: bytes | bytearray, deadline: float) -> None:
    head = json.dumps(header).encode()
    pending = [_LENGTHS.pack(len(head), len(payload)) + head, memoryview(payload)]
    try:
        while pending:
            connection.settimeout(_remaining(deadline))
            sent = connection.sendmsg(pending)
            while pending and sent >= len(pending[0]):
                sent -= len(pending.pop(0))
            if sent:
                pending[0] = memoryview(pending[0])[sent:]
    except (BrokenPipeError, ConnectionResetError) as error:
        raise ConnectionClosed from error


def receive_frame(connection: socket.socket, deadline: float) -> tuple[dict, bytes]:
    head_length, payload_length = _LENGTHS.unpack(_receive(connection, _LENGTHS.size, deadline))
    header = json.loads(_receive(connection, head_length, deadline))
    return header, bytes(_receive(connection, payload_length, deadline))


def _receive(connection: socket.socket, length: int, deadline: float) -> bytearray:
    received = bytearray(length)
    rest = memoryview(received)
    while rest:
        connection.settimeout(_remaining(deadline))
        try:
            count = connection.recv_into(rest)
        except ConnectionResetError as error:
            raise ConnectionClosed from error
        if count == 0:
            raise ConnectionClosed
        rest = rest[count:]
    return received


def _remaining(deadline: float) -> float:
    """The seconds until `deadline` (time.monotonic). Raises TimeoutError after the deadline."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
