"""The gateway's own certificate for TLS, signed by nobody.

LocalStack makes one with functions that pyOpenSSL 26.2 removed. The last pyOpenSSL that has them keeps
cryptography at an old version.
"""

from pathlib import Path

from localstack.runtime import hooks
from localstack.utils.ssl import get_cert_pem_file_path
from werkzeug.serving import make_ssl_devcert


@hooks.on_infra_start()
def make_certificate():
    """Writes the file that LocalStack reads, unless there is one."""
    file = Path(get_cert_pem_file_path())
    if not file.exists():
        certificate, key = make_ssl_devcert(str(file), host="localhost")
        file.write_bytes(Path(key).read_bytes() + Path(certificate).read_bytes())
