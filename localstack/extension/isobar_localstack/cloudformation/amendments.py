"""Changes LocalStack's CloudFormation at start: refuses unknown types, and replaces two providers by ours."""

from localstack import config
from localstack.runtime import hooks


@hooks.on_infra_start()
def amend_cloudformation():
    from localstack.services.lambda_.resource_providers.aws_lambda_eventsourcemapping_plugin import (
        LambdaEventSourceMappingProviderPlugin,
    )
    from localstack.services.secretsmanager.resource_providers import (
        aws_secretsmanager_secrettargetattachment_plugin as attachment_plugin,
    )

    from isobar_localstack import settings
    from isobar_localstack.cloudformation import custom_resource, resource_types
    from isobar_localstack.event_source_mappings.resource import EventSourceMapping
    from isobar_localstack.rds.secret_attachment import SecretAttachment

    _replace_provider(LambdaEventSourceMappingProviderPlugin, EventSourceMapping)
    _replace_provider(attachment_plugin.SecretsManagerSecretTargetAttachmentProviderPlugin, SecretAttachment)

    # By default LocalStack reports CREATE_COMPLETE for unknown types. This makes it refuse the change set.
    config.CFN_IGNORE_UNSUPPORTED_RESOURCE_TYPES = False
    config.CFN_IGNORE_UNSUPPORTED_TYPE_CREATE = settings.skipped_resource_types()
    config.CFN_IGNORE_UNSUPPORTED_TYPE_UPDATE = settings.skipped_resource_types()
    resource_types.judge_by_installed_providers()

    resource_types.add_route()
    custom_resource.add_route()


def _replace_provider(plugin: type, provider: type) -> None:
    plugin.load = lambda self: setattr(self, "factory", provider)
