"""Layers, at /opt where the machine permits it, and by search paths elsewhere."""

import base64
import os
import tempfile
from types import SimpleNamespace

import pytest
from conftest import ASK_OFTEN, unique, zip_of

from isobar_localstack.functions import layers


@pytest.fixture
def publish(lambda_client):
    def publish(files: dict[str, str]) -> str:
        layer = lambda_client.publish_layer_version(
            LayerName=unique("layer"), Content={"ZipFile": zip_of(files)}
        )
        return layer["LayerVersionArn"]

    return publish


def test_a_node_function_requires_the_modules_of_its_layers(deploy, publish):
    layer = publish(
        {
            "nodejs/node_modules/of-all/index.js": "module.exports = 'all';",
            "nodejs/node24/node_modules/of-24/index.js": "module.exports = '24';",
            "nodejs/node22/node_modules/of-22/index.js": "module.exports = '22';",
        }
    )
    function = deploy(
        "exports.handler = async ({ names }) => names.map((name) => require(name));", Layers=[layer]
    )
    assert function.invoke({"names": ["of-all", "of-24"]}) == (["all", "24"], None)
    answer, _ = function.invoke({"names": ["of-22"]})
    assert answer["errorMessage"].startswith("Cannot find module 'of-22'")


def test_a_python_function_imports_the_modules_of_its_layers_after_its_own(deploy, publish):
    layer = publish(
        {
            "python/plain.py": "V = 'plain'",
            "python/lib/python3.13/site-packages/versioned.py": "V = 'versioned'",
            "python/own.py": "V = 'not this one'",
            "python/boto3.py": "V = 'instead of the SDK'",
        }
    )
    code = (
        "import plain, versioned, own, boto3\n"
        "def handler(event, context): return [m.V for m in (plain, versioned, own, boto3)]"
    )
    function = deploy({"index.py": code, "own.py": "V = 'own'"}, runtime="python3.13", Layers=[layer])
    assert function.invoke() == (["plain", "versioned", "own", "instead of the SDK"], None)


def test_files_of_a_later_layer_replace_those_of_an_earlier_one_below_opt(deploy, publish):
    before = os.listdir("/opt")
    first = publish({"etc/both": "first", "etc/first": "1"})
    second = publish({"etc/both": "second", "etc/second": "2"})
    function = deploy(
        "const { readFileSync } = require('node:fs');\n"
        "exports.handler = async ({ root }) =>"
        " ['both', 'first', 'second'].map((name) => readFileSync(`${root}/etc/${name}`, 'utf8'));",
        Layers=[first, second],
    )
    root = "/opt" if layers._mount_namespace() else _root_of(function)
    assert function.invoke({"root": root}) == (["second", "1", "2"], None)
    assert os.listdir("/opt") == before


def test_programs_of_a_layer_are_on_the_path_and_run_with_lambdas_interpreters(deploy, publish):
    layer = publish(
        {
            "bin/with-python": "#!/var/lang/bin/python\nimport sys; print('python', sys.argv[1])",
            "bin/with-options": "#!/var/lang/bin/python3.13 -s\nprint('options')",
            "bin/with-shell": "#!/bin/sh\necho shell",
        }
    )
    code = (
        "import subprocess\n"
        "def handler(event, context):\n"
        "    return [subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()\n"
        "            for command in (['with-python', 'x'], ['with-options'], ['with-shell'])]\n"
    )
    function = deploy({"index.py": code}, runtime="python3.13", Layers=[layer], Timeout=30)
    assert function.invoke() == (["python x", "options", "shell"], None)


def test_an_extension_of_a_layer_is_told_as_not_started(deploy, publish):
    layer = publish({"extensions/agent": "#!/bin/sh\n"})
    function = deploy("exports.handler = async () => 1;", Layers=[layer])
    assert "the extension agent of a layer is not started" in _log_of(function)


def test_an_update_changes_the_layers(deploy, publish):
    function = deploy("exports.handler = async () => require('versioned');", runtime="nodejs22.x")
    assert function.invoke()[1] == "Unhandled"
    client, name = function.client, function.name
    for version in ("one", "two"):
        layer = publish({"nodejs/node_modules/versioned/index.js": f"module.exports = '{version}';"})
        client.update_function_configuration(FunctionName=name, Layers=[layer])
        client.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig=ASK_OFTEN)
        assert function.invoke() == (version, None)


@pytest.mark.parametrize("command", [("/usr/bin/node",), ("/opt/node/bin/node",)])
def test_without_a_namespace_the_search_paths_lead_to_the_layers_and_the_log_says_so(
    monkeypatch, tmp_path, command
):
    namespace = ("unshare",) if command[0].startswith("/opt") else ()
    monkeypatch.setattr(layers, "_mount_namespace", lambda: namespace)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    unzipped = tmp_path / "unzipped"
    unzipped.mkdir()
    (unzipped / "file").write_text("text")
    code = SimpleNamespace(id=unique("code"), get_unzipped_code_location=lambda: unzipped)
    provided = layers.provide([SimpleNamespace(code=code)], command)
    assert provided.prefix == ()
    assert (tmp_path / provided.root / "file").read_text() == "text"
    assert "gives the process no /opt of its own" in provided.notice


def _log_of(function) -> str:
    answer = function.client.invoke(FunctionName=function.name, Payload="{}", LogType="Tail")
    return base64.b64decode(answer["LogResult"]).decode()


def _root_of(function) -> str:
    return _log_of(function).split("Its layers are in ")[1].split(",")[0]
