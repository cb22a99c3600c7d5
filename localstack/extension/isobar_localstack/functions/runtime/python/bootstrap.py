"""Entry point of a Python function's process: `python bootstrap.py <site-packages> <fd>`.

It loads the handler once, then serves invocations one by one from the socket of LocalStack's executor.
Behaviour and wording follow AWS's own runtime, https://github.com/aws/aws-lambda-python-runtime-interface-client.
"""

import sys
from pathlib import Path

_FOLDER = str(Path(__file__).parent)

if __name__ == "__main__":
    site_packages, fd = sys.argv[1:]
    del sys.argv[1:]
    sys.path.append(_FOLDER)
    from isobar_runtime import modules, serve

    # A function must find neither this runtime's modules nor the packages of this machine's Python.
    sys.path.remove(_FOLDER)
    modules.set_search_path()
    modules.provide_sdk(site_packages)
    serve.serve(int(fd))
