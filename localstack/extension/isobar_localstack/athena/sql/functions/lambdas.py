"""Functions with a lambda parameter. https://trino.io/docs/current/functions/lambda.html"""

from itertools import count

from sqlglot import exp

from isobar_localstack.athena.errors import QueryFailure
from isobar_localstack.athena.sql.casts import coerce
from isobar_localstack.athena.sql.functions.registry import Typed
from isobar_localstack.athena.sql.types import BOOLEAN, UNKNOWN, Type, array, common_type, map_of

_fresh = count()


def compile_with_lambda(compiler, name: str, nodes: list[exp.Expression], scope) -> Typed:
    return LAMBDAS[name](compiler, nodes, scope)


def _body(compiler, node: exp.Expression, kinds: list[Type], scope, names: list[str] | None = None):
    """The names of the lambda's parameters in DuckDB, and the compiled body."""
    if not isinstance(node, exp.Lambda) or len(node.expressions) != len(kinds):
        raise QueryFailure("TYPE_MISMATCH", f"Expected a lambda that takes {len(kinds)} argument(s)")
    names = names or [f"l{next(_fresh)}" for _ in kinds]
    parameters = {
        each.name.lower(): Typed(name, kind)
        for each, name, kind in zip(node.expressions, names, kinds, strict=True)
    }
    return names, compiler.compile(node.this, scope.with_parameters(parameters))


def _array(compiler, node: exp.Expression, scope) -> Typed:
    typed = compiler.compile(node, scope)
    if typed.kind.name != "array":
        raise QueryFailure("TYPE_MISMATCH", f"Expected an array, not {typed.kind}")
    return typed


def _map(compiler, node: exp.Expression, scope) -> Typed:
    typed = compiler.compile(node, scope)
    if typed.kind.name != "map":
        raise QueryFailure("TYPE_MISMATCH", f"Expected a map, not {typed.kind}")
    return typed


def _test(typed: Typed) -> str:
    if typed.kind not in (BOOLEAN, UNKNOWN):
        raise QueryFailure("TYPE_MISMATCH", f"Expected a lambda that returns boolean, not {typed.kind}")
    return coerce(typed.sql, typed.kind, BOOLEAN)


def _transform(compiler, nodes, scope) -> Typed:
    items = _array(compiler, nodes[0], scope)
    [x], body = _body(compiler, nodes[1], [items.kind.fields[0]], scope)
    return Typed(f"list_transform({items.sql}, lambda {x}: {body.sql})", array(body.kind))


def _filter(compiler, nodes, scope) -> Typed:
    items = _array(compiler, nodes[0], scope)
    [x], body = _body(compiler, nodes[1], [items.kind.fields[0]], scope)
    return Typed(f"list_filter({items.sql}, lambda {x}: {_test(body)})", items.kind)


def _match(decide: str):
    def write(compiler, nodes, scope) -> Typed:
        items = _array(compiler, nodes[0], scope)
        [x], body = _body(compiler, nodes[1], [items.kind.fields[0]], scope)
        results = f"list_transform({items.sql}, lambda {x}: {_test(body)})"
        return Typed(decide.format(results), BOOLEAN)

    return write


def _zip_with(compiler, nodes, scope) -> Typed:
    one, other = _array(compiler, nodes[0], scope), _array(compiler, nodes[1], scope)
    index = f"l{next(_fresh)}"
    names = [f"list_extract({one.sql}, {index})", f"list_extract({other.sql}, {index})"]
    _names, body = _body(compiler, nodes[2], [one.kind.fields[0], other.kind.fields[0]], scope, names)
    rows = f"range(1, greatest(len({one.sql}), len({other.sql})) + 1)"
    return Typed(f"list_transform({rows}, lambda {index}: {body.sql})", array(body.kind))


def _reduce(compiler, nodes, scope) -> Typed:
    items, start = _array(compiler, nodes[0], scope), compiler.compile(nodes[1], scope)
    element = items.kind.fields[0]
    _names, once = _body(compiler, nodes[2], [start.kind, element], scope)
    state = common_type(start.kind, once.kind)
    if state is None:
        raise QueryFailure("TYPE_MISMATCH", f"reduce cannot hold {start.kind} and {once.kind}")
    # DuckDB reduces a list of one type: structs with a field for the state and a field for the element.
    acc, item = f"l{next(_fresh)}", f"l{next(_fresh)}"
    names = [f"({acc}).s", f"({item}).x"]
    _names, step = _body(compiler, nodes[2], [state, element], scope, names)
    x = f"l{next(_fresh)}"
    typed_rows = f"list_transform({items.sql}, lambda {x}: {{'s': {_null(state)}, 'x': {x}}})"
    seed = f"{{'s': {coerce(start.sql, start.kind, state)}, 'x': {_null(element)}}}"
    folded = (
        f"list_reduce({typed_rows}, lambda {acc}, {item}: "
        f"{{'s': {coerce(step.sql, step.kind, state)}, 'x': {_null(element)}}}, {seed})"
    )
    _names, result = _body(compiler, nodes[3], [state], scope, [f"({folded}).s"])
    return Typed(f"CASE WHEN {items.sql} IS NULL THEN NULL ELSE {result.sql} END", result.kind)


def _null(kind: Type) -> str:
    return coerce("NULL", UNKNOWN, kind)


def _entries(
    compiler, nodes, scope, key_sql: str, value_sql: str, *, keep: bool = False, result=None
) -> Typed:
    """map_filter, transform_keys and transform_values: apply the lambda to the entries of the map."""
    given = _map(compiler, nodes[0], scope)
    entry = f"l{next(_fresh)}"
    names = [f"({entry}).key", f"({entry}).value"]
    _names, body = _body(compiler, nodes[1], list(given.kind.fields), scope, names)
    entries = f"map_entries({given.sql})"
    if keep:
        return Typed(f"map_from_entries(list_filter({entries}, lambda {entry}: {_test(body)}))", given.kind)
    key, value = (each.format(key=names[0], value=names[1], body=body.sql) for each in (key_sql, value_sql))
    changed = f"list_transform({entries}, lambda {entry}: {{'k': {key}, 'v': {value}}})"
    return Typed(f"trino_checked_entries({changed})", result(given.kind, body.kind))


def _map_filter(compiler, nodes, scope) -> Typed:
    return _entries(compiler, nodes, scope, "", "", keep=True)


def _transform_values(compiler, nodes, scope) -> Typed:
    return _entries(
        compiler, nodes, scope, "{key}", "{body}", result=lambda kind, body: map_of(kind.fields[0], body)
    )


def _transform_keys(compiler, nodes, scope) -> Typed:
    return _entries(
        compiler, nodes, scope, "{body}", "{value}", result=lambda kind, body: map_of(body, kind.fields[1])
    )


LAMBDAS = {
    "transform": _transform,
    "filter": _filter,
    "any_match": _match(
        "CASE WHEN list_contains({0}, true) THEN true WHEN len({0}) > list_count({0}) THEN NULL "
        "WHEN {0} IS NULL THEN NULL ELSE false END"
    ),
    "all_match": _match(
        "CASE WHEN list_contains({0}, false) THEN false WHEN len({0}) > list_count({0}) THEN NULL "
        "WHEN {0} IS NULL THEN NULL ELSE true END"
    ),
    "none_match": _match(
        "CASE WHEN list_contains({0}, true) THEN false WHEN len({0}) > list_count({0}) THEN NULL "
        "WHEN {0} IS NULL THEN NULL ELSE true END"
    ),
    "zip_with": _zip_with,
    "reduce": _reduce,
    "map_filter": _map_filter,
    "transform_values": _transform_values,
    "transform_keys": _transform_keys,
}
