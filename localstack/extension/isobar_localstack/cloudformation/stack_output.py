"""Fn::GetStackOutput, which LocalStack lacks: the value of another stack's output, read at each change.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getstackoutput.html
"""

from localstack.services.cloudformation.engine.v2.change_set_model import (
    INTRINSIC_FUNCTIONS,
    ChangeSetModel,
    ChangeType,
    NodeIntrinsicFunction,
    is_nothing,
)
from localstack.services.cloudformation.engine.v2.change_set_model_executor import ChangeSetModelExecutor
from localstack.services.cloudformation.engine.v2.change_set_model_preproc import (
    ChangeSetModelPreproc,
    PreprocEntityDelta,
)
from localstack.services.cloudformation.engine.v2.change_set_model_visitor import ChangeSetModelVisitor
from localstack.services.cloudformation.engine.validations import ValidationError
from localstack.services.cloudformation.models import get_cloudformation_store
from localstack.services.cloudformation.v2.provider import find_stack_v2


def add_function() -> None:
    INTRINSIC_FUNCTIONS.add("Fn::GetStackOutput")
    method = "visit_node_intrinsic_function_fn_get_stack_output"
    setattr(ChangeSetModelVisitor, method, ChangeSetModelVisitor.visit_children)
    setattr(ChangeSetModelPreproc, method, _resolve)
    # The output may have changed even where the template has not. A resource whose value turns out to be the
    # same is not updated.
    resolve_change = "_resolve_intrinsic_function_fn_get_stack_output"
    setattr(ChangeSetModel, resolve_change, lambda _model, _arguments: ChangeType.MODIFIED)


def _resolve(preproc: ChangeSetModelPreproc, function: NodeIntrinsicFunction) -> PreprocEntityDelta:
    change_set = preproc._change_set

    def read(arguments: dict) -> str:
        name, output = arguments["StackName"], arguments["OutputName"]
        region = arguments.get("Region", change_set.region_name)
        if "RoleArn" in arguments:
            raise ValidationError("Fn::GetStackOutput: outputs of other accounts cannot be read locally.")
        stack = find_stack_v2(get_cloudformation_store(change_set.account_id, region), name)
        if stack is None:
            raise ValidationError(f"Fn::GetStackOutput: stack {name} does not exist in {region}.")
        found = next((each for each in stack.resolved_outputs if each["OutputKey"] == output), None)
        if found is None:
            raise ValidationError(f"Fn::GetStackOutput: stack {name} has no output {output}.")
        return found["OutputValue"]

    arguments = preproc.visit(function.arguments)
    before, after = arguments.before, arguments.after
    # What the stack's last deployment read: the engine compares it with what the output is now.
    deployed = change_set.stack.__dict__.setdefault("_isobar_read_outputs", {})
    if not is_nothing(before):
        before = deployed.get(function.scope) or read(before)
    if not is_nothing(after):
        after = read(after)
        if isinstance(preproc, ChangeSetModelExecutor):
            deployed[function.scope] = after
    return PreprocEntityDelta(before=before, after=after)
