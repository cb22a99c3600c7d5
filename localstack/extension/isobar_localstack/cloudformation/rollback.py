"""Rolls a stack back whose update fails. LocalStack says UPDATE_COMPLETE, and deletes what was replaced.

The changes of an update are noted as they are made. After a failure they are undone in reverse: a changed
resource gets its former properties, the failed one too, and a new or replacing one is deleted. Nothing that
the update would remove at its end is removed.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-monitor-stack.html
"""

import logging
from dataclasses import dataclass

from botocore.exceptions import ClientError
from localstack.aws.api.cloudformation import ChangeAction, ExecutionStatus, StackStatus
from localstack.services.cloudformation.engine.v2.change_set_model import is_nothing
from localstack.services.cloudformation.engine.v2.change_set_model_executor import (
    ChangeSetModelExecutor,
    ChangeSetModelExecutorResult,
)
from localstack.services.cloudformation.engine.v2.change_set_model_preproc import (
    PreprocProperties,
    PreprocResource,
)
from localstack.services.cloudformation.resource_provider import (
    OperationStatus,
    ProgressEvent,
    ResourceProviderExecutor,
    convert_payload,
)
from localstack.services.cloudformation.v2.entities import Stack
from localstack.utils.patch import patch

LOG = logging.getLogger(__name__)

_OUTCOMES = {
    StackStatus.UPDATE_ROLLBACK_IN_PROGRESS,
    StackStatus.UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS,
    StackStatus.UPDATE_ROLLBACK_COMPLETE,
    StackStatus.UPDATE_ROLLBACK_FAILED,
}
_OF_RESOURCES = {StackStatus.CREATE_FAILED, StackStatus.UPDATE_FAILED, StackStatus.DELETE_FAILED}


class UpdateRolledBack(Exception):
    """Ends LocalStack's update, so that the stack keeps its former template, outputs and resources."""


@dataclass
class _Change:
    name: str
    before: PreprocResource | None
    after: PreprocResource | None


def roll_back_failed_updates() -> None:
    patch(ChangeSetModelExecutor._execute_resource_change)(_note_change)
    patch(ChangeSetModelExecutor.execute)(_execute)
    patch(Stack.set_stack_status)(_keep_outcome)
    patch(ResourceProviderExecutor.execute_action)(_execute_action)


def _note_change(change, executor, name, before, after) -> None:
    if not is_nothing(before) and not is_nothing(after) and before.resource_type == after.resource_type:
        # LocalStack decides by the template, in which a value may look changed that turns out to be the same.
        after.requires_replacement = _changes_what_is_create_only(before, after)
    executor.__dict__.setdefault("_isobar_changes", []).append(_Change(name, before, after))
    change(executor, name, before, after)


def _changes_what_is_create_only(before: PreprocResource, after: PreprocResource) -> bool:
    provider = ResourceProviderExecutor.try_load_resource_provider(after.resource_type)
    paths = provider.SCHEMA.get("createOnlyProperties", []) if provider else []
    return any(_at(before, path) != _at(after, path) for path in paths)


def _at(resource: PreprocResource, path: str):
    value = resource.properties.properties
    for name in path.removeprefix("/properties/").split("/"):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _execute(default, executor: ChangeSetModelExecutor) -> ChangeSetModelExecutorResult:
    stack = executor._change_set.stack
    if stack.status != StackStatus.UPDATE_IN_PROGRESS:
        return default(executor)
    states = dict(stack.resource_states)
    try:
        executor.process()
    except Exception as error:
        reason = str(getattr(error, "reason", None) or error)
        executor._change_set.set_execution_status(ExecutionStatus.EXECUTE_FAILED)
        try:
            _roll_back(executor, reason, states)
        except Exception:
            LOG.exception("The rollback of %s failed", stack.stack_name)
            stack.set_stack_status(StackStatus.UPDATE_ROLLBACK_FAILED)
        raise UpdateRolledBack(reason) from error
    # LocalStack's own method does the rest: it removes what is left over.
    executor.process = lambda: None
    states = dict(stack.resource_states)
    result = default(executor)
    for change in executor.__dict__.get("_isobar_changes", []):
        # LocalStack drops a replaced resource from its list after the deletion of the former one.
        if not is_nothing(change.after) and change.name in states:
            stack.resource_states[change.name] = states[change.name]
    return result


def _roll_back(executor: ChangeSetModelExecutor, reason: str, states: dict) -> None:
    stack = executor._change_set.stack
    changes = executor.__dict__.get("_isobar_changes", [])
    failed = [change.name for change in changes if _has_failed(executor, change.name)]
    told = f"The following resource(s) failed to update: [{', '.join(failed)}]." if failed else reason
    stack.set_stack_status(StackStatus.UPDATE_ROLLBACK_IN_PROGRESS, told)
    # Removals happen at the end of an update. They have not begun.
    made = [change for change in changes if not is_nothing(change.after)]
    undone = [_restore(executor, change) for change in reversed(made) if not _is_new(change)]
    stack.set_stack_status(StackStatus.UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS)
    for change in reversed(made):
        if _is_new(change):
            undone.append(_delete(executor, change))
            if change.name in states:
                executor.resources[change.name] = stack.resolved_resources[change.name]
                stack.resource_states[change.name] = states[change.name]
    for change in made:
        if not _is_new(change) and change.name in executor.resources:
            stack.resolved_resources[change.name] = executor.resources[change.name]
    done = all(undone)
    stack.set_stack_status(
        StackStatus.UPDATE_ROLLBACK_COMPLETE if done else StackStatus.UPDATE_ROLLBACK_FAILED
    )


def _is_new(change: _Change) -> bool:
    """Whether the change made another resource beside the former one, if there was one."""
    return (
        is_nothing(change.before)
        or change.after.requires_replacement
        or change.before.resource_type != change.after.resource_type
    )


def _has_failed(executor: ChangeSetModelExecutor, name: str) -> bool:
    return str(executor.resources.get(name, {}).get("ResourceStatus", "")).endswith("FAILED")


def _restore(executor: ChangeSetModelExecutor, change: _Change) -> bool:
    """Gives a changed resource its former properties. Returns whether that succeeded."""
    former = executor._change_set.stack.resolved_resources[change.name]
    now = former if _has_failed(executor, change.name) else executor.resources[change.name]
    action = {"action": ChangeAction.Modify, "logical_resource_id": change.name}
    told = {**action, "resource_type": change.before.resource_type}
    executor.resources[change.name] = now
    executor._process_event(**told, event_status=OperationStatus.IN_PROGRESS)
    event = executor._execute_resource_action(
        **told,
        before_properties=PreprocProperties(properties=now["Properties"]),
        after_properties=change.before.properties,
    )
    if event.status == OperationStatus.FAILED:
        executor.resources[change.name] = former
    executor._process_event(**told, event_status=event.status, reason=event.message)
    return event.status != OperationStatus.FAILED


def _delete(executor: ChangeSetModelExecutor, change: _Change) -> bool:
    """Deletes a resource that the update has made. Returns whether that succeeded."""
    model = executor.resources.get(change.name, {}).get("Properties")
    if not model:  # its creation failed, and left nothing
        executor._change_set.stack.resource_states.pop(change.name, None)
        return True
    told = {
        "action": ChangeAction.Remove,
        "logical_resource_id": change.name,
        "resource_type": change.after.resource_type,
    }
    executor._process_event(**told, event_status=OperationStatus.IN_PROGRESS)
    event = executor._execute_resource_action(
        **told,
        before_properties=PreprocProperties(properties=model),
        after_properties=None,
        part_of_replacement=True,
    )
    executor._process_event(**told, event_status=event.status, reason=event.message)
    return event.status != OperationStatus.FAILED


def _keep_outcome(default, stack: Stack, status: StackStatus, reason=None) -> None:
    """Ignores what is no status of a stack that is updated or has been rolled back. LocalStack gives it the
    status of a failed resource, UPDATE_FAILED after any exception, and a review for each change set."""
    is_failure = status in _OF_RESOURCES and stack.status in {StackStatus.UPDATE_IN_PROGRESS, *_OUTCOMES}
    is_review = status == StackStatus.REVIEW_IN_PROGRESS and stack.status in _OUTCOMES
    if not is_failure and not is_review:
        default(stack, status, reason)


def _execute_action(default, executor, provider, payload) -> ProgressEvent:
    """Tells why an update failed. LocalStack takes some errors for success, and hides the text of others."""
    if payload["action"] not in ("Modify", "Dynamic"):
        return default(executor, provider, payload)
    request = convert_payload(stack_name=executor.stack_name, stack_id=executor.stack_id, payload=payload)
    try:
        return provider.update(request)
    except NotImplementedError:
        return default(executor, provider, payload)
    except ClientError as error:
        return _failed(error.response["Error"]["Message"])
    except Exception as error:
        LOG.exception("The update of %s failed", request.logical_resource_id)
        return _failed(f"{type(error).__name__}: {error}")


def _failed(reason: str) -> ProgressEvent:
    return ProgressEvent(status=OperationStatus.FAILED, resource_model={}, message=reason)
