"""Where a function finds its modules: its own code, its layers and the AWS SDK, as on Lambda."""

import os
import sys
from importlib.machinery import PathFinder

# boto3 and what it needs: all of them are plain Python, so any version of Python can load them.
_PROVIDED = {"boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3"}


def set_search_path() -> None:
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    standard_library = [path for path in sys.path if not path.endswith(("site-packages", "dist-packages"))]
    layers = os.environ.pop("ISOBAR_LAYERS", None)
    of_layers = [f"{layers}/python/lib/{version}/site-packages", f"{layers}/python"] if layers else []
    sys.path[:] = [os.environ["LAMBDA_TASK_ROOT"], *of_layers, *standard_library]


def provide_sdk(site_packages: str) -> None:
    """A function that does not bundle the SDK finds LocalStack's, but no other package of `site_packages`."""

    class ProvidedModules:
        @staticmethod
        def find_spec(name, path=None, target=None):
            return PathFinder.find_spec(name, [site_packages]) if name in _PROVIDED else None

    sys.meta_path.append(ProvidedModules)
