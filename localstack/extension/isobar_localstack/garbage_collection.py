"""Fewer runs of Python's garbage collector.

LocalStack loads half a million objects that live as long as it does. A full collection visits all of them:
0.3 s in which no request is answered, and about a tenth of the CPU time of a deploy.
"""

import gc

from localstack.runtime import hooks

# Objects, made and not freed, until the youngest are looked through. With Python's own 2,000, the imports
# alone are 230 runs.
_YOUNGEST = 20_000


@hooks.on_runtime_create()
def collect_less_often():
    gc.set_threshold(_YOUNGEST, 10, 10)


@hooks.on_infra_ready()
def leave_out_what_is_loaded():
    gc.collect()
    gc.freeze()
