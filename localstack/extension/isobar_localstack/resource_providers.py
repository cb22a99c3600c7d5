"""Entry points of `localstack.cloudformation.resource_providers`: one plugin per resource type.

`replace_providers` replaces LocalStack's own providers of three further types.
"""

from importlib import import_module

from localstack.runtime import hooks
from localstack.services.cloudformation.resource_provider import (
    CloudFormationResourceProviderPlugin,
)


def _plugin(resource_type: str, module: str, provider: str):
    """Makes a plugin that imports the provider on the first use of its type, as LocalStack's plugins do."""

    class Plugin(CloudFormationResourceProviderPlugin):
        name = resource_type

        def __init__(self):
            self.factory = None

        def load(self):
            self.factory = getattr(import_module(f"isobar_localstack.{module}"), provider)

    return Plugin


custom_resource = _plugin(
    "AWS::CloudFormation::CustomResource", "cloudformation.custom_resource", "CustomResource"
)
msk_cluster = _plugin("AWS::MSK::Cluster", "msk.resources", "Cluster")
msk_cluster_policy = _plugin("AWS::MSK::ClusterPolicy", "msk.resources", "ClusterPolicy")
msk_configuration = _plugin("AWS::MSK::Configuration", "msk.resources", "Configuration")
msk_topic = _plugin("AWS::MSK::Topic", "msk.resources", "TopicResource")
rds_db_instance = _plugin("AWS::RDS::DBInstance", "rds.resources", "DBInstance")
rds_db_subnet_group = _plugin("AWS::RDS::DBSubnetGroup", "rds.resources", "DBSubnetGroup")
rds_db_parameter_group = _plugin("AWS::RDS::DBParameterGroup", "rds.resources", "DBParameterGroup")
ec2_eip = _plugin("AWS::EC2::EIP", "ec2.resources", "Eip")
ec2_security_group_ingress = _plugin(
    "AWS::EC2::SecurityGroupIngress", "ec2.resources", "SecurityGroupIngress"
)
ec2_security_group_egress = _plugin("AWS::EC2::SecurityGroupEgress", "ec2.resources", "SecurityGroupEgress")
glue_database = _plugin("AWS::Glue::Database", "glue.resources", "Database")
glue_table = _plugin("AWS::Glue::Table", "glue.resources", "Table")
glue_job = _plugin("AWS::Glue::Job", "glue.job_resource", "JobResource")
athena_work_group = _plugin("AWS::Athena::WorkGroup", "athena.resources", "WorkGroup")
athena_named_query = _plugin("AWS::Athena::NamedQuery", "athena.resources", "NamedQuery")


@hooks.on_infra_start()
def replace_providers():
    from localstack.services.lambda_.resource_providers.aws_lambda_eventsourcemapping_plugin import (
        LambdaEventSourceMappingProviderPlugin,
    )
    from localstack.services.secretsmanager.resource_providers import (
        aws_secretsmanager_rotationschedule_plugin as schedule_plugin,
    )
    from localstack.services.secretsmanager.resource_providers import (
        aws_secretsmanager_secrettargetattachment_plugin as attachment_plugin,
    )

    from isobar_localstack.event_source_mappings.resource import EventSourceMapping
    from isobar_localstack.rds.rotation_schedule import RotationSchedule
    from isobar_localstack.rds.secret_attachment import SecretAttachment

    _replace_provider(LambdaEventSourceMappingProviderPlugin, EventSourceMapping)
    _replace_provider(attachment_plugin.SecretsManagerSecretTargetAttachmentProviderPlugin, SecretAttachment)
    _replace_provider(schedule_plugin.SecretsManagerRotationScheduleProviderPlugin, RotationSchedule)


def _replace_provider(plugin: type, provider: type) -> None:
    plugin.load = lambda self: setattr(self, "factory", provider)
