"""Calls from service to service without what only a server elsewhere would read.

More than half of botocore's work for such a call, by a profile, is a signature that nobody checks and a
description of the client that nobody reads.
"""

from time import gmtime, strftime

from botocore.auth import SigV4Auth
from localstack.aws.client import GatewayShortCircuit
from localstack.runtime import hooks


@hooks.on_infra_start()
def spare_internal_clients():
    modify_client = GatewayShortCircuit.modify_client

    def modify_and_spare(client, gateway):
        modify_client(client, gateway)
        spare(client)

    GatewayShortCircuit.modify_client = staticmethod(modify_and_spare)


def spare(client) -> None:
    signer = client._request_signer
    signed = signer.get_auth_instance

    def get_auth_instance(signing_name, region_name, signature_version=None, **others):
        # S3 has a version of its own, and reads what its signature covers. Signed URLs have others.
        if signature_version != "v4" or others.get("request_credentials"):
            return signed(signing_name, region_name, signature_version, **others)
        return _Named(signer._credentials.get_frozen_credentials(), signing_name, region_name)

    signer.get_auth_instance = get_auth_instance
    client.meta.events.unregister(
        f"request-created.{client.meta.service_model.service_id.hyphenize()}",
        client._user_agent_creator.rebuild_and_replace_user_agent_handler,
    )


class _Named(SigV4Auth):
    """Names who calls, and where: from it LocalStack takes the account, the region and the service."""

    def add_auth(self, request):
        scope = f"{strftime('%Y%m%d', gmtime())}/{self._region_name}/{self._service_name}/aws4_request"
        headers = {
            "Authorization": f"AWS4-HMAC-SHA256 Credential={self.credentials.access_key}/{scope}, "
            "SignedHeaders=host, Signature=none",
            **({"X-Amz-Security-Token": self.credentials.token} if self.credentials.token else {}),
        }
        for name, value in headers.items():
            # A second one of the same name would stand beside the first.
            del request.headers[name]
            request.headers[name] = value
