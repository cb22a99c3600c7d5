"""Changes LocalStack's S3 at start, where no setting exists."""

import tempfile
from pathlib import Path

from localstack.runtime import hooks
from localstack.services.s3 import provider


@hooks.on_infra_start()
def amend_s3():
    """Moves the S3 folder below TMPDIR. By default every LocalStack of the machine uses one fixed folder,
    removes buckets of equal names there, and leaves it behind."""
    provider.DEFAULT_S3_TMP_DIR = str(Path(tempfile.gettempdir()) / "s3")
