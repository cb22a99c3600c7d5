"""Runs a job's script as the leader of a process group, and kills the group when the parent process ends.

    python run_script.py <script> <argument>…

Runs on Spark's Python, without this package. Standard input closes when the parent ends in any way; the
parent writes nothing to it. Spark's JVM is in the same group.
"""

import os
import signal
import subprocess
import sys
import threading


def end_with_parent() -> None:
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGKILL)


def main() -> int:
    threading.Thread(target=end_with_parent, daemon=True).start()
    script = subprocess.Popen([sys.executable, "-u", *sys.argv[1:]], stdin=subprocess.DEVNULL)
    code = script.wait()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    # A normal exit would wait for the thread's read.
    code = main()
    sys.stdout.flush()
    os._exit(code)
