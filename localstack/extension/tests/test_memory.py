"""A function's MemorySize bounds its process, as Lambda's sandbox does."""

import base64
import json

import psutil
import pytest
from conftest import wait_for

_KILLED = "Runtime exited with error: signal: killed"
# Each takes event.mb megabytes beyond the runtime's own.
_NODE_BUFFERS = """const kept = [];
exports.handler = async ({ mb }) => {
  for (let n = 0; n < mb; n += 1) kept.push(Buffer.alloc(2 ** 20, 1));
  return kept.splice(0).length;
};"""
_PYTHON = """def handler(event, context):
    data = bytearray(event['mb'] * 2**20)
    for page in range(0, len(data), 4096): data[page] = 1
    return len(data) >> 20
"""


def _invoke(function, event) -> tuple:
    answer = function.client.invoke(FunctionName=function.name, Payload=json.dumps(event), LogType="Tail")
    return json.loads(answer["Payload"].read()), base64.b64decode(answer["LogResult"]).decode()


@pytest.mark.parametrize(
    ("files", "runtime"),
    [({"index.js": _NODE_BUFFERS}, "nodejs24.x"), ({"index.py": _PYTHON}, "python3.13")],
    ids=["node buffers", "python"],
)
def test_a_process_that_exceeds_its_memory_is_killed_and_logged_as_on_lambda(deploy, files, runtime):
    function = deploy(files, runtime=runtime, MemorySize=192, Timeout=60)
    for _ in range(2):
        assert _invoke(function, {"mb": 50})[0] == 50
        answer, log = _invoke(function, {"mb": 400})
        assert answer["errorType"] == "Runtime.ExitError"
        assert answer["errorMessage"].endswith(f" Error: {_KILLED}")
        assert f"Error: {_KILLED}\nRuntime.ExitError\n" in log
        assert "Memory Size: 192 MB\tMax Memory Used: 192 MB" in log


def test_memory_that_was_freed_before_the_answer_counts(deploy):
    # The thread that looks at running processes sees few of such short moments.
    code = _PYTHON.replace("return", "del data; return 0 and")
    function = deploy({"index.py": code}, runtime="python3.13", MemorySize=128, Timeout=60)
    for _ in range(6):
        answer, log = _invoke(function, {"mb": 130})
        assert answer["errorType"] == "Runtime.ExitError", log


def test_memory_of_child_processes_counts(deploy):
    code = (
        "import subprocess, sys\n"
        "def handler(event, context):\n"
        "    code = f\"import time; kept = b'x' * ({event['mb']} << 20); time.sleep({event['s']})\"\n"
        "    return subprocess.run([sys.executable, '-c', code]).returncode\n"
    )
    function = deploy({"index.py": code}, runtime="python3.13", MemorySize=128, Timeout=120)
    assert _invoke(function, {"mb": 20, "s": 0})[0] == 0
    assert _invoke(function, {"mb": 150, "s": 100})[0]["errorType"] == "Runtime.ExitError"


def test_the_report_tells_the_most_memory_that_was_used(deploy):
    function = deploy({"index.py": _PYTHON}, runtime="python3.13", MemorySize=512, Timeout=60)

    def used(mb: int) -> int:
        return int(_invoke(function, {"mb": mb})[1].split("Max Memory Used: ")[1].split(" ")[0])

    assert 200 <= used(200) < 260
    assert 200 <= used(1) < 260


def test_a_waiting_function_gives_back_the_memory_of_its_invocations(deploy):
    code = """exports.handler = async () => {
      const rows = Array.from({ length: 400_000 }, (_, n) => ({ n, text: `row ${n}` }));
      return { pid: process.pid, gc: typeof gc, rows: rows.length, bytes: process.memoryUsage.rss() };
    };"""
    function = deploy({"index.js": code}, MemorySize=1769, Timeout=60)
    answer, _ = _invoke(function, {})
    assert (answer["gc"], answer["rows"]) == ("undefined", 400_000)
    process = psutil.Process(answer["pid"])
    wait_for(lambda: process.memory_info().rss < answer["bytes"] - (15 << 20))
    # It goes on as before.
    again, _ = _invoke(function, {})
    assert (again["pid"], again["rows"]) == (answer["pid"], 400_000)


def test_memory_that_v8_compiled_with_goes_back_to_the_system(deploy):
    code = """exports.handler = async () => {
      const names = Array.from({ length: 20_000 }, (_, n) => `f${n}`);
      const functions = names.map((name, n) => `function ${name}(a) { return a + ${n}; }`).join("\\n");
      const sum = (0, eval)(`${functions}\\nlet sum = 0;\\n${names.map((name) => `sum += ${name}(1);`).join("")}\\nsum`);
      return { pid: process.pid, sum };
    };"""
    function = deploy({"index.js": code}, MemorySize=512, Timeout=60)
    answer, _ = _invoke(function, {})
    assert answer["sum"] == 20_000 * 20_001 // 2
    maps = psutil.Process(answer["pid"]).memory_maps()
    assert 0 < sum(each.rss for each in maps if each.path == "[heap]") < 10 << 20
