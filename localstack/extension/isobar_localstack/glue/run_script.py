"""Runs a job's script, as the leader of its process group, and ends the group when whoever started it is gone.

    python run_script.py <script> <argument>…

Runs on the Python of Spark, which knows nothing of this package. Standard input is the line to the parent: it says nothing, and
closes when the parent ends, however that happens. Spark's JVM is in the same group.
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
    # Not by an orderly exit: that would wait for the thread's read.
    code = main()
    sys.stdout.flush()
    os._exit(code)
