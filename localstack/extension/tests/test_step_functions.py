"""State machines with JSONata, without network: nested, with Map and task tokens."""

import json

import pytest
from conftest import unique, wait_for

_ROLE = "arn:aws:iam::000000000000:role/any"


@pytest.fixture(scope="module")
def machine(localstack):
    """Creates a state machine. `machine(states)` returns a function that runs it."""
    client = localstack.client("stepfunctions")

    def create(definition: dict):
        arn = client.create_state_machine(
            name=unique("machine"), definition=json.dumps(definition), roleArn=_ROLE
        )["stateMachineArn"]

        def run(value):
            started = client.start_execution(stateMachineArn=arn, input=json.dumps(value))
            execution = {"executionArn": started["executionArn"]}
            ended = wait_for(
                lambda: (now := client.describe_execution(**execution))["status"] != "RUNNING" and now
            )
            assert ended["status"] == "SUCCEEDED", (ended.get("error"), ended.get("cause"))
            return json.loads(ended["output"])

        run.arn = arn
        return run

    return create


def _jsonata(start: str, **states) -> dict:
    return {"QueryLanguage": "JSONata", "StartAt": start, "States": states}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("$merge([$states.input.a, $states.input.b])", {"h": "w", "f": "b"}),
        ('$merge([{"x":1},{"y":2}])', {"x": 1, "y": 2}),
        ("$sum($states.input.l)", 6),
        ("$map($states.input.l, function($v){ $v * 2 })", [2, 4, 6]),
        ("$parse('{\"p\":1}')", {"p": 1}),
        ("$states.input.l[$ > 1]", [2, 3]),
        ("$uppercase($states.input.a.h) & '-' & $string(1.5)", "W-1.5"),
    ],
)
def test_an_expression_is_evaluated(machine, expression, expected):
    run = machine(_jsonata("A", A={"Type": "Pass", "End": True, "Output": f"{{% {expression} %}}"}))
    assert run({"a": {"h": "w"}, "b": {"f": "b"}, "l": [1, 2, 3]}) == expected


def test_a_faulty_expression_fails_the_execution_and_not_the_service(machine):
    run = machine(_jsonata("A", A={"Type": "Pass", "End": True, "Output": "{% $sum('x') %}"}))
    with pytest.raises(AssertionError, match="must be an array"):
        run({})
    assert machine(_jsonata("A", A={"Type": "Pass", "End": True, "Output": "{% 1 + 1 %}"}))({}) == 2


def test_a_map_of_functions_retries_and_catches_and_another_machine_waits_for_it(machine, deploy):
    function = deploy(
        "class OwnError extends Error { name = 'OwnError'; }\n"
        "exports.handler = async ({ n }) => { if (n === 2) throw new OwnError('two'); return { ok: n }; };"
    )
    errors = {"ErrorEquals": ["OwnError"]}
    call = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": function.name, "Payload": {"n": "{% $states.input %}"}},
        "Output": "{% $states.result.Payload %}",
        "Retry": [{**errors, "MaxAttempts": 1, "IntervalSeconds": 1}],
        "Catch": [{**errors, "Next": "Caught", "Output": {"caught": "{% $states.errorOutput.Error %}"}}],
        "End": True,
    }
    items = {
        "ProcessorConfig": {"Mode": "INLINE"},
        "StartAt": "Call",
        "States": {"Call": call, "Caught": {"Type": "Pass", "End": True}},
    }
    each = {
        "Type": "Map",
        "Items": "{% $states.input.items %}",
        "MaxConcurrency": 2,
        "ItemProcessor": items,
        "End": True,
    }
    inner = machine(_jsonata("Each", Each=each))
    expected = [{"ok": 1}, {"caught": "OwnError"}, {"ok": 3}]
    assert inner({"items": [1, 2, 3]}) == expected
    nested = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Arguments": {"StateMachineArn": inner.arn, "Input": {"items": "{% $states.input.numbers %}"}},
        "Output": "{% $states.result.Output %}",
        "End": True,
    }
    assert machine(_jsonata("Nested", Nested=nested))({"numbers": [1, 2, 3]}) == expected


def test_a_task_waits_until_a_function_answers_with_its_token(machine, deploy):
    function = deploy(
        "const { SFNClient, SendTaskSuccessCommand } = require('@aws-sdk/client-sfn');\n"
        "exports.handler = async ({ taskToken, input }) => {\n"
        "  const output = JSON.stringify({ seen: input });\n"
        "  await new SFNClient({}).send(new SendTaskSuccessCommand({ taskToken, output }));\n"
        "};",
        Timeout=60,
    )
    wait = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Arguments": {
            "FunctionName": function.name,
            "Payload": {"taskToken": "{% $states.context.Task.Token %}", "input": "{% $states.input %}"},
        },
        "TimeoutSeconds": 60,
        "End": True,
    }
    assert machine(_jsonata("Wait", Wait=wait))({"n": 1}) == {"seen": {"n": 1}}


def test_a_choice_compares_the_paths_of_each_execution(machine):
    run = machine(
        {
            "StartAt": "A",
            "States": {
                "A": {
                    "Type": "Choice",
                    "Choices": [{"Variable": "$.n", "NumericLessThanPath": "$.limit", "Next": "Less"}],
                    "Default": "More",
                },
                "Less": {"Type": "Pass", "Result": "less", "ResultPath": "$.found.it", "End": True},
                "More": {"Type": "Pass", "Result": "more", "ResultPath": "$.found.it", "End": True},
            },
        }
    )
    for n, limit, it in ((1, 2, "less"), (2, 1, "more"), (1, 3, "less")):
        assert run({"n": n, "limit": limit}) == {"n": n, "limit": limit, "found": {"it": it}}
