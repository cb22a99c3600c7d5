"""Notes which parts of a parse tree the compiler has looked at, so that none is dropped in silence.

sqlglot parses far more than the compiler knows: a clause of a newer Trino, or of another dialect, is an
argument of a node that nobody asks for.
"""

from sqlglot import exp

from isobar_localstack.athena.errors import unsupported

# These say how a node was written, repeat what another argument says, or are read otherwise: types as text,
# the sides of AND and OR by walking the tree.
IGNORED = {
    exp.And: {"this", "expression"},
    exp.Or: {"this", "expression"},
    exp.Div: {"typed", "safe"},
    exp.DPipe: {"safe"},
    exp.TryCast: {"safe"},
    exp.DataType: {"this", "expressions", "nested"},
    exp.DataTypeParam: {"this"},
    exp.ColumnDef: {"this", "kind"},
    exp.ParseJSON: {"is_literal"},
    exp.Fetch: {"direction"},
    exp.Window: {"over"},
}


class _Arguments(dict):
    """A node's arguments by name. `read` has the names that were looked up."""

    def __init__(self, arguments: dict):
        super().__init__(arguments)
        self.read: set[str] = set()

    def get(self, name, default=None):
        self.read.add(name)
        return super().get(name, default)

    def __getitem__(self, name):
        self.read.add(name)
        return super().__getitem__(name)


def track(tree: exp.Expression) -> exp.Expression:
    """Starts to note. A name is read with the node that it belongs to."""
    in_types = (exp.DataType, exp.DataTypeParam, exp.ColumnDef)
    for node in tree.walk():
        if isinstance(node, in_types) or not (
            isinstance(node, exp.Identifier) or node.find_ancestor(exp.DataType)
        ):
            node.args = _Arguments(node.args)
    return tree


def refuse_unread(tree: exp.Expression) -> None:
    """Refuses the first part of a compiled tree that nobody has looked at."""
    for node in tree.walk():
        if not isinstance(node.args, _Arguments):  # made by the compiler
            continue
        for name, value in node.args.items():
            if value and name not in node.args.read | IGNORED.get(type(node), set()):
                raise unsupported(_shown(name, value))


def _shown(name: str, value) -> str:
    first = value[0] if isinstance(value, list) else value
    written = first.sql(dialect="trino") if isinstance(first, exp.Expression) else str(first)
    return f"{name.rstrip('_').replace('_', ' ').upper()} ({written[:100]})"
