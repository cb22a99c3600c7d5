"""Frames on the socket to LocalStack's executor, whose `functions/frames.py` is the other end.

A frame is two big-endian 32-bit lengths, a small JSON header and a payload of raw bytes.
"""

import json
import socket
import struct

_LENGTHS = struct.Struct(">II")


class Executor:
    def __init__(self, fd: int):
        self._socket = socket.socket(fileno=fd)
        self._socket.setblocking(True)
        # Programs that the function starts must not hold the connection open.
        self._socket.set_inheritable(False)

    def send(self, header: dict, payload: bytes = b"") -> None:
        head = json.dumps(header).encode()
        self._socket.sendall(_LENGTHS.pack(len(head), len(payload)) + head)
        self._socket.sendall(payload)

    def receive(self) -> tuple[dict, bytearray] | None:
        """The next frame. None when LocalStack has closed its end."""
        lengths = self._receive(_LENGTHS.size)
        if lengths is None:
            return None
        head_length, payload_length = _LENGTHS.unpack(lengths)
        head, payload = self._receive(head_length), self._receive(payload_length)
        return None if head is None or payload is None else (json.loads(head), payload)

    def _receive(self, length: int) -> bytearray | None:
        received = bytearray(length)
        rest = memoryview(received)
        while rest:
            try:
                count = self._socket.recv_into(rest)
            except ConnectionResetError:
                return None
            if count == 0:
                return None
            rest = rest[count:]
        return received
