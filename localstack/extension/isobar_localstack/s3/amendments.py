"""What no setting of LocalStack's S3 reaches."""

import tempfile
from pathlib import Path

from localstack.runtime import hooks
from localstack.services.s3 import provider


@hooks.on_infra_start()
def amend_s3():
    """Its folder has a fixed name otherwise, in which every LocalStack of the machine keeps, and removes, buckets of the same
    names; and it stays behind."""
    provider.DEFAULT_S3_TMP_DIR = str(Path(tempfile.gettempdir()) / "s3")
