"""The lines that Lambda itself writes to a function's log, in text and JSON format."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil


@dataclass(frozen=True)
class Report:
    duration_ms: float
    memory_mb: int
    memory_used_mb: int
    init_ms: float | None
    status: str  # success, error, timeout
    error_type: str | None


def timestamp() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class PlatformLog:
    def __init__(self, log_format: str, version: str):
        self._json = log_format == "JSON"
        self._version = version

    def start(self, request_id: str) -> str:
        if self._json:
            return _event("platform.start", {"requestId": request_id, "version": self._version})
        return f"START RequestId: {request_id} Version: {self._version}\n"

    def failure(self, request_id: str, message: str, error_type: str) -> str:
        """The line for a failure of the process itself. The JSON format has it in the report instead."""
        if self._json:
            return ""
        if error_type == "Sandbox.Timedout":
            return f"{timestamp()} {request_id} {message}\n"
        return f"RequestId: {request_id} Error: {message}\n{error_type}\n"

    def end(self, request_id: str, report: Report) -> str:
        billed_ms = ceil(report.duration_ms + (report.init_ms or 0))
        if self._json:
            return _event("platform.report", _report_record(request_id, report, billed_ms))
        fields = [
            f"REPORT RequestId: {request_id}",
            f"Duration: {report.duration_ms:.2f} ms",
            f"Billed Duration: {billed_ms} ms",
            f"Memory Size: {report.memory_mb} MB",
            f"Max Memory Used: {report.memory_used_mb} MB",
        ]
        if report.init_ms is not None:
            fields.append(f"Init Duration: {report.init_ms:.2f} ms")
        if report.status != "success":
            fields.append(f"Status: {report.status}")
        if report.error_type and report.status == "error":
            fields.append(f"Error Type: {report.error_type}")
        return f"END RequestId: {request_id}\n" + "\t".join(fields) + "\t\n"


def _report_record(request_id: str, report: Report, billed_ms: int) -> dict:
    metrics = {
        "durationMs": round(report.duration_ms, 3),
        "billedDurationMs": billed_ms,
        "memorySizeMB": report.memory_mb,
        "maxMemoryUsedMB": report.memory_used_mb,
    }
    if report.init_ms is not None:
        metrics["initDurationMs"] = round(report.init_ms, 3)
    record = {"requestId": request_id, "metrics": metrics, "status": report.status}
    if report.error_type:
        record["errorType"] = report.error_type
    return record


def _event(kind: str, record: dict) -> str:
    return json.dumps({"time": timestamp(), "type": kind, "record": record}) + "\n"
