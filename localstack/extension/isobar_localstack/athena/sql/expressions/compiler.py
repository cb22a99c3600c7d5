"""Expressions: each becomes DuckDB's text and its Trino type, from the leaves upwards."""

import re
from dataclasses import dataclass, field
from datetime import datetime

from sqlglot import exp

from isobar_localstack.athena.errors import QueryFailure, unsupported
from isobar_localstack.athena.sql.arithmetic import numbers, times
from isobar_localstack.athena.sql.casts import cast, coerce, string
from isobar_localstack.athena.sql.comparisons import (
    between,
    compare,
    in_query,
    one_of,
    quantified,
    refuse_incomparable,
)
from isobar_localstack.athena.sql.functions.aggregates import AGGREGATES, COMPARED, NULLS, OVER, WINDOWS
from isobar_localstack.athena.sql.functions.lambdas import LAMBDAS, compile_with_lambda
from isobar_localstack.athena.sql.functions.registry import Table, Typed
from isobar_localstack.athena.sql.functions.scalars import FIELDS, SCALARS
from isobar_localstack.athena.sql.parser import position, text_of
from isobar_localstack.athena.sql.types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    INTEGERS,
    INTERVAL_DAY,
    INTERVAL_MONTH,
    UNKNOWN,
    VARBINARY,
    VARCHAR,
    Type,
    array,
    common_type,
    decimal,
    is_number,
    is_text,
    parse_type,
    quoted,
    row,
    struct_names,
    timestamp_tz,
    to_duckdb,
    with_keys_as_written,
)


@dataclass(frozen=True)
class Column:
    name: str | None
    kind: Type
    sql: str


@dataclass
class Relation:
    name: str | None
    columns: list[Column]
    # Tables of the catalog only: the columns in use, the Scan, and the columns that are not in the files.
    used: set[str] | None = None
    scan: object | None = None
    partition_columns: frozenset[str] = frozenset()
    # Whether an outer join returns NULLs in place of its rows.
    null_extended: bool = False


@dataclass
class Scope:
    """Resolves names: the relations of a FROM, the enclosing scope, and the parameters of lambdas."""

    relations: list[Relation] = field(default_factory=list)
    parent: "Scope | None" = None
    parameters: dict[str, Typed] = field(default_factory=dict)
    windows: dict[str, exp.Window] = field(default_factory=dict)

    def with_parameters(self, parameters: dict[str, Typed]) -> "Scope":
        return Scope(self.relations, self.parent, {**self.parameters, **parameters}, self.windows)

    def find(self, name: str, relation: str | None) -> Column | None:
        found = [
            (each, column)
            for each in self.relations
            if relation is None or each.name == relation
            for column in each.columns
            if column.name is not None and column.name.lower() == name
        ]
        if len(found) > 1:
            raise QueryFailure("AMBIGUOUS_NAME", f"Column '{name}' is ambiguous")
        if found:
            [(owner, column)] = found
            if owner.used is not None:
                owner.used.add(name)
            return column
        return self.parent.find(name, relation) if self.parent else None


_COMPARISONS = {exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="}
_ARITHMETIC = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%"}


class Expressions:
    """Compiles expressions. `compile_query` compiles a subquery, since expressions and queries are nested."""

    def __init__(self, now: datetime, compile_query):
        self.now = now
        self.compile_query = compile_query

    def compile(self, node: exp.Expression, scope: Scope) -> Typed:
        for kind, write in _WRITERS.items():
            if type(node) is kind:
                return write(self, node, scope)
        raise unsupported(f"{type(node).__name__.upper()} ({text_of(node)[:100]})")

    def condition(self, node: exp.Expression, scope: Scope) -> str:
        typed = self.compile(node, scope)
        if typed.kind not in (BOOLEAN, UNKNOWN):
            raise QueryFailure(
                "TYPE_MISMATCH",
                f"{position(node)}WHERE clause must evaluate to a boolean: actual type {typed.kind}",
            )
        return coerce(typed.sql, typed.kind, BOOLEAN)

    # Names

    def column(self, node: exp.Column, scope: Scope) -> Typed:
        parts = [part.name for part in node.parts]
        if isinstance(node.this, exp.Star):
            raise QueryFailure("SYNTAX_ERROR", f"{position(node)}'*' not allowed here")
        # Try `relation.column` before `column`. The remaining parts are fields of a row.
        for used in range(min(2, len(parts)), 0, -1):
            name, relation = parts[used - 1].lower(), parts[0].lower() if used == 2 else None
            if relation is None and name in scope.parameters:
                found = scope.parameters[name]
            else:
                column = scope.find(name, relation)
                if column is None:
                    continue
                found = Typed(column.sql, column.kind)
            for rest in parts[used:]:
                found = self._member(found, rest, node)
            return found
        if len(parts) == 3 and (column := scope.find(parts[2].lower(), parts[1].lower())):
            return Typed(column.sql, column.kind)
        if len(parts) == 1 and not node.this.args.get("quoted") and node.name.lower() in SCALARS:
            return self._call(node.name, [], node)
        raise QueryFailure(
            "COLUMN_NOT_FOUND", f"{position(node)}Column '{'.'.join(parts)}' cannot be resolved"
        )

    def identifier(self, node: exp.Identifier, scope: Scope) -> Typed:
        return self.column(exp.column(node.copy()), scope)

    def dot(self, node: exp.Dot, scope: Scope) -> Typed:
        return self._member(self.compile(node.this, scope), node.expression.name, node)

    def _member(self, owner: Typed, name: str, node: exp.Expression) -> Typed:
        if owner.kind.name == "row":
            for index, each in enumerate(owner.kind.field_names):
                if each == name.lower():
                    return Typed(f"({owner.sql}).{quoted(each)}", owner.kind.fields[index])
        raise QueryFailure("COLUMN_NOT_FOUND", f"{position(node)}Column '{text_of(node)}' cannot be resolved")

    # Literals

    def literal(self, node: exp.Literal, scope: Scope) -> Typed:
        text = node.this
        if node.is_string:
            return Typed(string(text), Type("varchar", len(text)), text)
        if re.fullmatch(r"\d+", text):
            value = int(text)
            if value > 2**63 - 1:
                raise QueryFailure("INVALID_LITERAL", f"Invalid numeric literal: {text}")
            return Typed(text, INTEGER, value) if value < 2**31 else Typed(text, BIGINT, value)
        if re.fullmatch(r"\d*\.\d*", text):
            whole, fraction = text.split(".")
            whole = whole.lstrip("0")
            kind = decimal(max(len(whole) + len(fraction), 1), len(fraction))
            return Typed(f"CAST('{whole or 0}.{fraction or 0}' AS {to_duckdb(kind)})", kind)
        return Typed(f"CAST('{text}' AS DOUBLE)", DOUBLE)

    def json_literal(self, node: exp.ParseJSON, scope: Scope) -> Typed:
        return self._call("json_parse", [self.compile(node.this, scope)], node)

    def negative(self, node: exp.Neg, scope: Scope) -> Typed:
        inner = self.compile(node.this, scope)
        if isinstance(node.this, exp.Literal) and isinstance(inner.literal, int):
            value = -inner.literal
            return Typed(f"({value})", inner.kind, value)
        if not is_number(inner.kind) and inner.kind not in (INTERVAL_DAY, INTERVAL_MONTH):
            raise QueryFailure("TYPE_MISMATCH", f"{position(node)}Cannot negate {inner.kind}")
        return Typed(f"(-{inner.sql})", inner.kind)

    def interval(self, node: exp.Interval, scope: Scope) -> Typed:
        unit = (node.args.get("unit") or exp.Var(this="")).name.lower().rstrip("s")
        if not isinstance(node.this, exp.Literal) or not re.fullmatch(r"-?\d+(\.\d+)?", node.this.name):
            raise unsupported(f"The interval {text_of(node)}")
        if unit not in ("second", "minute", "hour", "day", "week", "month", "year"):
            raise unsupported(f"The interval {text_of(node)}")
        kind = INTERVAL_MONTH if unit in ("month", "year") else INTERVAL_DAY
        return Typed(f"INTERVAL '{node.this.name} {unit}'", kind)

    # Operators

    def parenthesis(self, node: exp.Paren, scope: Scope) -> Typed:
        inner = self.compile(node.this, scope)
        return Typed(f"({inner.sql})", inner.kind, inner.literal)

    def logic(self, node: exp.Connector, scope: Scope) -> Typed:
        word = "AND" if isinstance(node, exp.And) else "OR"
        sides = [self.condition(each, scope) for each in node.flatten()]
        return Typed("(" + f" {word} ".join(sides) + ")", BOOLEAN)

    def negation(self, node: exp.Not, scope: Scope) -> Typed:
        return Typed(f"(NOT {self.condition(node.this, scope)})", BOOLEAN)

    def _meet(self, given: list[Typed], node: exp.Expression, operator: str) -> tuple[list[str], Type]:
        kind = given[0].kind
        for other in given[1:]:
            common = common_type(kind, other.kind)
            if common is None:
                raise QueryFailure(
                    "TYPE_MISMATCH",
                    f"{position(node)}Cannot apply operator: {_shown(kind)} {operator} {_shown(other.kind)}",
                )
            kind = common
        return [coerce(each.sql, each.kind, kind) for each in given], kind

    def comparison(self, node: exp.Binary, scope: Scope) -> Typed:
        operator = _COMPARISONS[type(node)]
        if isinstance(node.expression, (exp.Any, exp.All)):
            return self._quantified(node, operator, scope)
        given = [self.compile(node.this, scope), self.compile(node.expression, scope)]
        [left, right], kind = self._meet(given, node, operator)
        return Typed(compare(left, operator, right, kind), BOOLEAN)

    def _quantified(self, node: exp.Binary, operator: str, scope: Scope) -> Typed:
        subquery = node.expression.this.unnest()
        word = "ANY" if isinstance(node.expression, exp.Any) else "ALL"
        left = self.compile(node.this, scope)
        sql, kind = self._one_column(subquery, scope)
        common = common_type(left.kind, kind)
        if common is None or common != kind:
            raise unsupported(f"{word} of {kind} with {left.kind}")
        value = coerce(left.sql, left.kind, common)
        return Typed(quantified(value, operator, word, sql, common), BOOLEAN)

    def distinct_from(self, node: exp.Binary, scope: Scope) -> Typed:
        word = "IS NOT DISTINCT FROM" if isinstance(node, exp.NullSafeEQ) else "IS DISTINCT FROM"
        given = [self.compile(node.this, scope), self.compile(node.expression, scope)]
        [left, right], kind = self._meet(given, node, word)
        refuse_incomparable(kind, word)
        return Typed(f"({left} {word} {right})", BOOLEAN)

    def between(self, node: exp.Between, scope: Scope) -> Typed:
        given = [self.compile(each, scope) for each in (node.this, node.args["low"], node.args["high"])]
        [value, low, high], kind = self._meet(given, node, "BETWEEN")
        return Typed(between(value, low, high, kind), BOOLEAN)

    def membership(self, node: exp.In, scope: Scope) -> Typed:
        value = self.compile(node.this, scope)
        if query := node.args.get("query"):
            sql, kind = self._one_column(query.unnest(), scope)
            common = common_type(value.kind, kind)
            if common is None:
                raise QueryFailure(
                    "TYPE_MISMATCH",
                    f"{position(node)}value and result of subquery must be of the same type for IN "
                    f"expression: {_shown(value.kind)} vs {_shown(kind)}",
                )
            inner = f"SELECT {coerce('_0', kind, common)} AS _0 FROM ({sql})"
            return Typed(in_query(coerce(value.sql, value.kind, common), inner, common), BOOLEAN)
        given = [value, *[self.compile(each, scope) for each in node.expressions]]
        [first, *others], kind = self._meet(given, node, "IN")
        return Typed(one_of(first, others, kind), BOOLEAN)

    def like(self, node: exp.Like, scope: Scope, escape: str = "") -> Typed:
        value, pattern = self.compile(node.this, scope), self.compile(node.expression, scope)
        for each in (value, pattern):
            if not is_text(each.kind) and each.kind != UNKNOWN:
                raise QueryFailure(
                    "TYPE_MISMATCH",
                    f"{position(node)}Left side of LIKE expression must evaluate to a varchar "
                    f"(actual: {each.kind})",
                )
        return Typed(f"({value.sql} LIKE {pattern.sql}{escape})", BOOLEAN)

    def escape(self, node: exp.Escape, scope: Scope) -> Typed:
        return self.like(node.this, scope, f" ESCAPE {self.compile(node.expression, scope).sql}")

    def null_test(self, node: exp.Is, scope: Scope) -> Typed:
        if not isinstance(node.expression, exp.Null):
            raise unsupported(text_of(node))
        return Typed(f"({self.compile(node.this, scope).sql} IS NULL)", BOOLEAN)

    def arithmetic(self, node: exp.Binary, scope: Scope) -> Typed:
        operator = _ARITHMETIC[type(node)]
        left, right = self.compile(node.this, scope), self.compile(node.expression, scope)
        if left.kind == UNKNOWN and is_number(right.kind):
            left = Typed(coerce(left.sql, left.kind, right.kind), right.kind)
        if right.kind == UNKNOWN and is_number(left.kind):
            right = Typed(coerce(right.sql, right.kind, left.kind), left.kind)
        if is_number(left.kind) and is_number(right.kind):
            return numbers(left, operator, right)
        typed = times(left, operator, right)
        if typed is None:
            raise QueryFailure(
                "TYPE_MISMATCH",
                f"{position(node)}Cannot apply operator: {_shown(left.kind)} {operator} {_shown(right.kind)}",
            )
        return typed

    def concatenation(self, node: exp.DPipe, scope: Scope) -> Typed:
        left, right = self.compile(node.this, scope), self.compile(node.expression, scope)
        kinds = {left.kind.name, right.kind.name} - {"unknown"}
        if kinds <= {"varchar"}:
            return Typed(f"({left.sql} || {right.sql})", VARCHAR)
        if kinds == {"varbinary"}:
            return Typed(f"({left.sql} || {right.sql})", VARBINARY)
        if left.kind.name == "array" and right.kind.name == "array":
            [one, other], kind = self._meet([left, right], node, "||")
            # A NULL on either side gives NULL. DuckDB treats it as an empty list.
            return Typed(
                f"CASE WHEN {one} IS NULL OR {other} IS NULL THEN NULL ELSE {one} || {other} END", kind
            )
        if left.kind.name == "array" and (common := common_type(left.kind.fields[0], right.kind)):
            head = coerce(left.sql, left.kind, array(common))
            return Typed(f"list_append({head}, {coerce(right.sql, right.kind, common)})", array(common))
        raise QueryFailure(
            "TYPE_MISMATCH",
            f"{position(node)}Unexpected parameters ({_shown(left.kind)}, {_shown(right.kind)}) for function "
            "concat. Expected: concat(char(x), char(y)), concat(array(E), E) E, concat(varchar), "
            "concat(varbinary)",
        )

    def time_zone(self, node: exp.AtTimeZone, scope: Scope) -> Typed:
        return self._call(
            "at_timezone",
            [
                _with_zone(self.compile(node.this, scope)),
                self.compile(node.args["zone"], scope),
            ],
            node,
        )

    def subscript(self, node: exp.Bracket, scope: Scope) -> Typed:
        owner = self.compile(node.this, scope)
        [index] = [self.compile(each, scope) for each in node.expressions]
        match owner.kind.name:
            case "array" if index.kind.name in INTEGERS:
                return Typed(f"trino_subscript({owner.sql}, {index.sql})", owner.kind.fields[0])
            case "map" if common_type(index.kind, owner.kind.fields[0]):
                key = coerce(index.sql, index.kind, owner.kind.fields[0])
                return Typed(f"trino_map_subscript({owner.sql}, {key})", owner.kind.fields[1])
            case "row" if isinstance(index.literal, int) and 0 < index.literal <= len(owner.kind.fields):
                name = struct_names(owner.kind)[index.literal - 1]
                return Typed(f"({owner.sql}).{quoted(name)}", owner.kind.fields[index.literal - 1])
        raise QueryFailure(
            "TYPE_MISMATCH",
            f"{position(node)}Cannot apply operator: {_shown(owner.kind)}[{_shown(index.kind)}]",
        )

    # Conditionals

    def _branches(self, branches: list[Typed], node: exp.Expression) -> tuple[list[str], Type]:
        kind = UNKNOWN
        for each in branches:
            common = common_type(kind, each.kind)
            if common is None:
                raise QueryFailure(
                    "TYPE_MISMATCH",
                    f"{position(node)}All results must be the same type or coercible to a common type. "
                    f"Cannot find common type between {_shown(kind)} and {_shown(each.kind)}",
                )
            kind = common
        return [coerce(each.sql, each.kind, kind) for each in branches], kind

    def case(self, node: exp.Case, scope: Scope) -> Typed:
        tests, results = [], []
        for branch in node.args["ifs"]:
            # CASE x WHEN y: each comparison has its own type.
            test = exp.EQ(this=node.this.copy(), expression=branch.this.copy()) if node.this else branch.this
            tests.append(self.condition(test, scope))
            results.append(self.compile(branch.args["true"], scope))
        default = node.args.get("default")
        results.append(self.compile(default, scope) if default else Typed("NULL", UNKNOWN))
        [*written, otherwise], kind = self._branches(results, node)
        whens = " ".join(f"WHEN {test} THEN {each}" for test, each in zip(tests, written, strict=True))
        return Typed(f"CASE {whens} ELSE {otherwise} END", kind)

    def if_(self, node: exp.If, scope: Scope) -> Typed:
        test = self.condition(node.this, scope)
        otherwise = node.args.get("false")
        branches = [
            self.compile(node.args["true"], scope),
            self.compile(otherwise, scope) if otherwise else Typed("NULL", UNKNOWN),
        ]
        [yes, no], kind = self._branches(branches, node)
        return Typed(f"CASE WHEN {test} THEN {yes} ELSE {no} END", kind)

    def _coalesce(self, given: list[Typed], node) -> Typed:
        written, kind = self._branches(given, node)
        return Typed(f"coalesce({', '.join(written)})", kind)

    def _nullif(self, given: list[Typed], node) -> Typed:
        [left, right], kind = self._meet(given, node, "=")
        return Typed(
            f"CASE WHEN {compare(left, '=', right, kind)} THEN NULL ELSE {given[0].sql} END", given[0].kind
        )

    def _try(self, given: list[Typed], node) -> Typed:
        return Typed(f"try({given[0].sql})", given[0].kind)

    # Casts

    def cast(self, node: exp.Cast, scope: Scope) -> Typed:
        goal = node.args["to"]
        wanted = parse_type(text_of(goal))
        if isinstance(node.this, exp.Literal) and node.this.is_string:
            if literal := self._time_literal(node.this.name, wanted):
                return literal
        given = self.compile(node.this, scope)
        written = cast(given.sql, given.kind, wanted)
        if given.kind.keys_as_written:
            wanted = with_keys_as_written(wanted)
        if isinstance(node, exp.TryCast):
            return Typed(f"try({written})", wanted)
        return Typed(written, wanted)

    def _time_literal(self, text: str, wanted: Type) -> Typed | None:
        """A TIMESTAMP literal with a zone, which has another type. sqlglot parses time literals as casts."""
        if wanted.name not in ("timestamp", "timestamp with time zone"):
            return None
        found = re.fullmatch(r"(\d+-\d+-\d+ \d+:\d+(?::\d+(?:\.(\d+))?)?)(?: (UTC|[A-Z]\w+/[\w/+-]+))", text)
        if not found:
            return None
        kind = timestamp_tz(len(found[2] or ""), found[3])
        kind = kind if kind.size in (0, 3, 6) else timestamp_tz(3 if (kind.size or 0) < 3 else 6, found[3])
        return Typed(f"(CAST('{found[1]}' AS TIMESTAMP) AT TIME ZONE '{found[3]}')", kind)

    # Calls

    def anonymous(self, node: exp.Anonymous, scope: Scope) -> Typed:
        name = node.name.lower()
        if name in LAMBDAS and any(isinstance(each, exp.Lambda) for each in node.expressions):
            return compile_with_lambda(self, name, node.expressions, scope)
        if name in AGGREGATES or name in WINDOWS:
            return self._aggregate(node, scope)
        if name == "grouping":
            given = ", ".join(self.compile(each, scope).sql for each in node.expressions)
            return Typed(f"CAST(grouping({given}) AS BIGINT)", BIGINT)
        given = [self.compile(each, scope) for each in node.expressions]
        return self._call(name, given, node)

    def _call(self, name: str, given: list[Typed], node: exp.Expression) -> Typed:
        match name.lower():
            case "coalesce":
                return self._coalesce(given, node)
            case "nullif" if len(given) == 2:
                return self._nullif(given, node)
            case "try" if len(given) == 1:
                return self._try(given, node)
            case "row":
                return _row(given)
            case "now" if not given:
                return self._now(3)
            case "map" if not given:
                raise unsupported("An empty map() without a type")
            case "at_timezone" if given:
                given = [_with_zone(given[0]), *given[1:]]
        return apply(SCALARS, name, given, node)

    def _now(self, digits: int) -> Typed:
        return Typed(
            f"TIMESTAMPTZ '{self.now.isoformat(timespec='milliseconds')}'", timestamp_tz(digits, "UTC")
        )

    def now_(self, node, scope: Scope) -> Typed:
        return self._now(3)

    def local_now(self, node, scope: Scope) -> Typed:
        return Typed(
            f"TIMESTAMP '{self.now:%Y-%m-%d %H:%M:%S}.{self.now.microsecond // 1000:03}'",
            Type("timestamp", 3),
        )

    def today(self, node, scope: Scope) -> Typed:
        return Typed(f"DATE '{self.now:%Y-%m-%d}'", DATE)

    def extract(self, node: exp.Extract, scope: Scope) -> Typed:
        unit = node.this.name.lower()
        if unit not in (*FIELDS, "second"):
            raise unsupported(f"extract({unit} …)")
        return self._call(unit, [self.compile(node.expression, scope)], node)

    def substring(self, node: exp.Substring, scope: Scope) -> Typed:
        parts = [node.this, node.args.get("start"), node.args.get("length")]
        return self._call("substring", [self.compile(each, scope) for each in parts if each], node)

    def trim(self, node: exp.Trim, scope: Scope) -> Typed:
        name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(
            (node.args.get("position") or "").upper(), "trim"
        )
        given = [self.compile(node.this, scope)]
        if node.expression:
            characters = self.compile(node.expression, scope)
            return Typed(f"{name}({given[0].sql}, {characters.sql})", VARCHAR)
        return self._call(name, given, node)

    def position(self, node: exp.StrPosition, scope: Scope) -> Typed:
        given = [self.compile(node.this, scope), self.compile(node.args["substr"], scope)]
        return self._call("strpos", given, node)

    def array_constructor(self, node: exp.Array, scope: Scope) -> Typed:
        given = [self.compile(each, scope) for each in node.expressions]
        written, kind = self._branches(given, node)
        if kind == UNKNOWN:
            return Typed(f"CAST([{', '.join(written)}] AS INTEGER[])", array(UNKNOWN))
        return Typed(f"CAST([{', '.join(written)}] AS {to_duckdb(array(kind))})", array(kind))

    def row_constructor(self, node: exp.Tuple, scope: Scope) -> Typed:
        return _row([self.compile(each, scope) for each in node.expressions])

    # Subqueries

    def _one_column(self, query: exp.Expression, scope: Scope) -> tuple[str, Type]:
        compiled = self.compile_query(query, scope)
        if len(compiled.columns) != 1:
            raise QueryFailure(
                "SYNTAX_ERROR",
                f"Multiple columns returned by subquery are not supported: {len(compiled.columns)}",
            )
        return compiled.sql, compiled.columns[0].kind

    def subquery(self, node: exp.Subquery, scope: Scope) -> Typed:
        sql, kind = self._one_column(node.unnest(), scope)
        return Typed(f"({sql})", kind)

    def exists(self, node: exp.Exists, scope: Scope) -> Typed:
        return Typed(f"EXISTS ({self.compile_query(node.this, scope).sql})", BOOLEAN)

    # Aggregates and windows

    def _aggregate(
        self, node: exp.Anonymous, scope: Scope, over: str = "", nulls: str = "", filtered: str = ""
    ) -> Typed:
        name = node.name.lower()
        table = WINDOWS if name in WINDOWS else AGGREGATES
        if name in WINDOWS and not over:
            raise QueryFailure(
                "MISSING_OVER", f"{position(node)}Window function {name} requires an OVER clause"
            )
        arguments, distinct, order = list(node.expressions), "", ""
        if arguments and isinstance(arguments[-1], exp.Order):
            order = " ORDER BY " + ", ".join(self.ordered(each, scope) for each in arguments[-1].expressions)
            last = arguments.pop().this
            arguments += [last] if last else []
        if arguments and isinstance(arguments[0], exp.Distinct):
            distinct = "DISTINCT "
            arguments = [*arguments[0].expressions, *arguments[1:]]
        if name == "count" and len(arguments) == 1 and isinstance(arguments[0], exp.Star):
            arguments = []
        given = [self.compile(each, scope) for each in arguments]
        typed = apply(table, name, given, node)
        sql = typed.sql
        for each in given if distinct else given[COMPARED.get(name, len(given)) :][:1]:
            refuse_incomparable(each.kind, f"{distinct}{name}")
        if distinct or order:
            if sql.count(OVER) != 1:
                raise unsupported(f"DISTINCT or ORDER BY in {name} of {given[0].kind}")
            head, tail = sql.split(f"){OVER}")
            start = _call_start(head)
            if "DISTINCT" in head[start : start + 9]:
                distinct = ""
            sql = f"{head[:start]}{distinct}{head[start:]}{order}){OVER}{tail}"
        return Typed(sql.replace(OVER, filtered + over).replace(NULLS, nulls), typed.kind)

    def ordered(self, node: exp.Ordered, scope: Scope) -> str:
        return self.ordered_by(self.compile(node.this, scope), node)

    def ordered_by(self, key: Typed | Column, node: exp.Ordered) -> str:
        refuse_incomparable(key.kind, "ORDER BY")
        direction = "DESC" if node.args.get("desc") else "ASC"
        return f"{key.sql} {direction} NULLS {'FIRST' if node.args.get('nulls_first') else 'LAST'}"

    def filter(self, node: exp.Filter, scope: Scope) -> Typed:
        return self.window(node, scope, over="")

    def window(self, node: exp.Expression, scope: Scope, over: str | None = None) -> Typed:
        """f(…) [FILTER (…)] [IGNORE NULLS] [OVER (…)]: unwraps the nodes from the outside."""
        over = self._over(node, scope) if over is None else over
        inner, nulls, filtered = node.this if isinstance(node, exp.Window) else node, "", ""
        while not isinstance(inner, exp.Anonymous):
            match inner:
                case exp.Filter():
                    filtered = f" FILTER (WHERE {self.condition(inner.expression.this, scope)})"
                case exp.IgnoreNulls():
                    nulls = " IGNORE NULLS"
                case exp.RespectNulls():
                    nulls = ""
                case _:
                    raise unsupported(text_of(inner)[:100])
            inner = inner.this
        if inner.name.lower() not in WINDOWS and inner.name.lower() not in AGGREGATES:
            raise _unknown_function(inner.name, [])
        return self._aggregate(inner, scope, over, nulls, filtered)

    def _over(self, node: exp.Window, scope: Scope) -> str:
        parts = []
        named = node.args.get("alias")
        if named is not None:
            if named.name.lower() not in scope.windows:
                raise QueryFailure("INVALID_WINDOW_REFERENCE", f"Cannot resolve WINDOW name {named.name}")
            return self._over(scope.windows[named.name.lower()], scope)
        if partitions := node.args.get("partition_by"):
            keys = [self.compile(each, scope) for each in partitions]
            for each in keys:
                refuse_incomparable(each.kind, "PARTITION BY")
            parts.append("PARTITION BY " + ", ".join(each.sql for each in keys))
        if order := node.args.get("order"):
            parts.append("ORDER BY " + ", ".join(self.ordered(each, scope) for each in order.expressions))
        if spec := node.args.get("spec"):
            parts.append(self._frame(spec, scope))
        return f" OVER ({' '.join(parts)})"

    def _frame(self, spec: exp.WindowSpec, scope: Scope) -> str:
        def bound(side: str) -> str:
            value, direction = spec.args.get(side), spec.args.get(f"{side}_side")
            text = self.compile(value, scope).sql if isinstance(value, exp.Expression) else str(value)
            return (
                f"{text} {direction or ''}".strip().upper()
                if text in ("UNBOUNDED", "CURRENT ROW")
                else f"{text} {direction}"
            )

        if spec.args.get("exclude"):
            raise unsupported("EXCLUDE in a window")
        if spec.args.get("end") is None:
            return f"{spec.args['kind']} {bound('start')}"
        return f"{spec.args['kind']} BETWEEN {bound('start')} AND {bound('end')}"

    def listagg(self, node: exp.GroupConcat, scope: Scope) -> Typed:
        inner, order = node.this, ""
        if isinstance(inner, exp.Order):
            order = " ORDER BY " + ", ".join(self.ordered(each, scope) for each in inner.expressions)
            inner = inner.this
        distinct = ""
        if isinstance(inner, exp.Distinct):
            distinct, inner = "DISTINCT ", inner.expressions[0]
        value = self.compile(inner, scope)
        if not is_text(value.kind):
            raise _unknown_function("listagg", [value])
        separator = self.compile(node.args["separator"], scope).sql if node.args.get("separator") else "''"
        return Typed(f"string_agg({distinct}{value.sql}, {separator}{order})", VARCHAR)

    def null(self, node, scope: Scope) -> Typed:
        return Typed("NULL", UNKNOWN)

    def boolean(self, node: exp.Boolean, scope: Scope) -> Typed:
        return Typed("true" if node.this else "false", BOOLEAN)

    def hex(self, node: exp.HexString, scope: Scope) -> Typed:
        return Typed(f"from_hex('{node.name}')", VARBINARY)


def apply(table: Table, name: str, given: list[Typed], node: exp.Expression) -> Typed:
    signatures = table.get(name.lower())
    if signatures is None:
        raise _unknown_function(name, given)
    # An exact signature is preferred to one with implicit conversions.
    for signature in sorted(signatures, key=lambda each: not each.is_exact(given)):
        if typed := signature.apply(given):
            return typed
    kinds = ", ".join(_shown(each.kind) for each in given)
    expected = ", ".join(f"{name}({', '.join(each.parameters)})" for each in signatures[:6])
    raise QueryFailure(
        "FUNCTION_NOT_FOUND",
        f"{position(node)}Unexpected parameters ({kinds}) for function {name}. Expected: {expected}",
    )


def _unknown_function(name: str, given: list[Typed]) -> QueryFailure:
    return QueryFailure("FUNCTION_NOT_FOUND", f"Function {name} is not supported by the local Athena")


def _shown(kind: Type) -> str:
    return str(kind)


def _call_start(head: str) -> int:
    """The start of the arguments of the last unclosed call in `head`."""
    depth = 0
    for index in range(len(head) - 1, -1, -1):
        if head[index] == ")":
            depth += 1
        elif head[index] == "(":
            if depth == 0:
                return index + 1
            depth -= 1
    raise AssertionError(head)


def _row(given: list[Typed]) -> Typed:
    kind = row([each.kind for each in given])
    fields = ", ".join(
        f"{quoted(name)} := {coerce(each.sql, each.kind, each.kind)}"
        for name, each in zip(struct_names(kind), given, strict=True)
    )
    return Typed(f"struct_pack({fields})", kind)


def _with_zone(given: Typed) -> Typed:
    if given.kind.name != "timestamp":
        return given
    return Typed(f"({given.sql} AT TIME ZONE 'UTC')", timestamp_tz(given.kind.size, "UTC"))


_WRITERS = {
    exp.Column: Expressions.column,
    exp.Identifier: Expressions.identifier,
    exp.Dot: Expressions.dot,
    exp.Literal: Expressions.literal,
    exp.Null: Expressions.null,
    exp.Boolean: Expressions.boolean,
    exp.HexString: Expressions.hex,
    exp.Neg: Expressions.negative,
    exp.Interval: Expressions.interval,
    exp.Paren: Expressions.parenthesis,
    exp.And: Expressions.logic,
    exp.Or: Expressions.logic,
    exp.Not: Expressions.negation,
    **dict.fromkeys(_COMPARISONS, Expressions.comparison),
    **dict.fromkeys(_ARITHMETIC, Expressions.arithmetic),
    exp.NullSafeEQ: Expressions.distinct_from,
    exp.NullSafeNEQ: Expressions.distinct_from,
    exp.Between: Expressions.between,
    exp.In: Expressions.membership,
    exp.Like: Expressions.like,
    exp.Escape: Expressions.escape,
    exp.Is: Expressions.null_test,
    exp.DPipe: Expressions.concatenation,
    exp.AtTimeZone: Expressions.time_zone,
    exp.Bracket: Expressions.subscript,
    exp.Case: Expressions.case,
    exp.If: Expressions.if_,
    exp.Cast: Expressions.cast,
    exp.TryCast: Expressions.cast,
    exp.Anonymous: Expressions.anonymous,
    exp.CurrentTimestamp: Expressions.now_,
    exp.Localtimestamp: Expressions.local_now,
    exp.CurrentDate: Expressions.today,
    exp.Extract: Expressions.extract,
    exp.Substring: Expressions.substring,
    exp.Trim: Expressions.trim,
    exp.StrPosition: Expressions.position,
    exp.Array: Expressions.array_constructor,
    exp.Tuple: Expressions.row_constructor,
    exp.Subquery: Expressions.subquery,
    exp.Exists: Expressions.exists,
    exp.ParseJSON: Expressions.json_literal,
    exp.Filter: Expressions.filter,
    exp.Window: Expressions.window,
    exp.IgnoreNulls: Expressions.window,
    exp.GroupConcat: Expressions.listagg,
}
