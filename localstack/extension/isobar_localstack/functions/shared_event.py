"""Events that a caller on this machine wrote to memory instead of sending them.

The Kafka poller sends events of megabytes. It writes them to a file in memory that has no name any more, and
names the file, by the poller's process and descriptor, in a header of its invocation. The function's process
reads the memory itself, so LocalStack only does the rest of the invocation. Nobody here looks whether the
bytes are UTF-8: the poller's are ASCII.
"""

import os
import re
import stat

from localstack.http import Request, Response
from localstack.services.edge import ROUTER

HEADER = "x-isobar-event"
_FORM = re.compile(r"(/proc/\d+/fd/\d+) (isobar-event-[0-9a-f-]{36}) (\d{1,8})")
_FOLDER = "/dev/shm"


class SharedEvent:
    """Holds the memory open until `close`, also if the caller ends."""

    def __init__(self, header: str):
        """Raises ValueError for anything but memory that was made for an event, by the user of LocalStack."""
        form = _FORM.fullmatch(header)
        if not form:
            expected = "/proc/<pid>/fd/<number> isobar-event-<id> <length>"
            raise ValueError(f"found '{header}', expected '{expected}'")
        self.length = int(form[3])
        try:
            self._file = os.open(form[1], os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError as error:
            raise ValueError(f"{form[1]} cannot be opened: {error.strerror}") from error
        found = os.fstat(self._file)
        if (
            os.readlink(self.path) != f"{_FOLDER}/{form[2]} (deleted)"
            or not stat.S_ISREG(found.st_mode)
            or found.st_uid != os.geteuid()
            or found.st_size < self.length
        ):
            self.close()
            raise ValueError(f"{form[1]} is not the {self.length} bytes of {form[2]}")

    @property
    def path(self) -> str:
        """Where a process of the same user finds the memory."""
        return f"/proc/{os.getpid()}/fd/{self._file}"

    def read(self) -> bytes:
        return os.pread(self._file, self.length, 0)

    def close(self) -> None:
        os.close(self._file)


def serve_shared_events() -> None:
    """The poller asks with a random text whether its memory can be read here."""
    ROUTER.add("/_isobar/shared-event", _answer, methods=["GET"])


def _answer(request: Request) -> Response:
    try:
        event = SharedEvent(request.headers.get(HEADER, ""))
    except ValueError as error:
        return Response(str(error), status=400)
    try:
        return Response(event.read(), mimetype="application/octet-stream")
    finally:
        event.close()
