"""Changes LocalStack's CloudFormation at start: refuses unknown types, rolls failed updates back,
adds Fn::GetStackOutput, URLs of APIs and routes, and waits no longer than it must."""

from localstack import config
from localstack.runtime import hooks


@hooks.on_infra_start()
def amend_cloudformation():
    from isobar_localstack import settings
    from isobar_localstack.cloudformation import (
        api_urls,
        copies,
        custom_resource,
        resource_types,
        rollback,
        stack_output,
        waits,
    )

    # By default LocalStack reports CREATE_COMPLETE for unknown types. This makes it refuse the change set.
    config.CFN_IGNORE_UNSUPPORTED_RESOURCE_TYPES = False
    config.CFN_IGNORE_UNSUPPORTED_TYPE_CREATE = settings.skipped_resource_types()
    config.CFN_IGNORE_UNSUPPORTED_TYPE_UPDATE = settings.skipped_resource_types()
    resource_types.judge_by_installed_providers()
    stack_output.add_function()
    api_urls.make_api_urls_resolve()
    rollback.roll_back_failed_updates()
    waits.ask_sooner()
    copies.copy_by_pickling()

    resource_types.add_route()
    custom_resource.add_route()
