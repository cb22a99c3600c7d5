"""Functions on text and binary values. https://trino.io/docs/current/functions/string.html"""

from isobar_localstack.athena.errors import QueryFailure
from isobar_localstack.athena.sql.functions.registry import Table, Typed, adder

FUNCTIONS: Table = {}
_add = adder(FUNCTIONS)

_add("length", "varchar", "bigint", "length({0})")
_add("lower", "varchar", "varchar", "lower({0})")
_add("upper", "varchar", "varchar", "trino_upper({0})")
_add("reverse", "varchar", "varchar", "trino_reverse({0})")
_BLANK = r"' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13)"
for _name in ("trim", "ltrim", "rtrim"):
    _add(_name, "varchar", "varchar", f"{_name}({{0}}, {_BLANK})")
    if _name != "trim":
        _add(_name, "varchar, varchar", "varchar", f"{_name}({{0}}, {{1}})")
_add("replace", "varchar, varchar", "varchar", "trino_replace({0}, {1}, '')")
_add("replace", "varchar, varchar, varchar", "varchar", "trino_replace({0}, {1}, {2})")


def _codepoint(given: list[Typed]) -> str:
    if given[0].kind.size != 1:
        raise QueryFailure(
            "FUNCTION_NOT_FOUND",
            f"Unexpected parameters ({given[0].kind}) for function codepoint. "
            "Expected: codepoint(varchar(1))",
        )
    return f"unicode({given[0].sql})"


def _joined(given: list[Typed]) -> str:
    return "(" + " || ".join(each.sql for each in given) + ")"


_add("concat", "varchar", "varchar", _joined, variadic=True)
_add("concat", "array(T)", "array(T)", _joined, variadic=True)
_add("concat_ws", "varchar, array(varchar)", "varchar", "array_to_string({1}, {0})", strict=True)
_add(
    "concat_ws",
    "varchar, varchar",
    "varchar",
    "CASE WHEN {0} IS NOT NULL THEN concat_ws({args}) END",
    variadic=True,
)
_add("substr substring", "varchar, bigint", "varchar", "trino_substr({0}, {1}, 2147483647)")
_add("substr substring", "varchar, bigint, bigint", "varchar", "trino_substr({0}, {1}, {2})")
_add("split", "varchar, varchar", "array(varchar)", "trino_split({0}, {1})", strict=True)
_add("split_part", "varchar, varchar, bigint", "varchar", "trino_split_part({0}, {1}, {2})", strict=True)
_add("strpos", "varchar, varchar", "bigint", "strpos({0}, {1})")
_add("starts_with", "varchar, varchar", "boolean", "starts_with({0}, {1})")
_add("lpad", "varchar, bigint, varchar", "varchar", "trino_lpad({0}, {1}, {2})")
_add("rpad", "varchar, bigint, varchar", "varchar", "trino_rpad({0}, {1}, {2})")
_add("chr", "bigint", "varchar", "chr(CAST({0} AS INTEGER))")
_add("codepoint", "varchar", "integer", _codepoint)
_add("translate", "varchar, varchar, varchar", "varchar", "translate({0}, {1}, {2})")
_add("levenshtein_distance", "varchar, varchar", "bigint", "levenshtein(trino_ascii({0}), trino_ascii({1}))")
_add("hamming_distance", "varchar, varchar", "bigint", "trino_hamming({0}, {1})")
_add("to_utf8", "varchar", "varbinary", "encode({0})")
_add("from_utf8", "varbinary", "varchar", "decode({0})")
_add("to_hex", "varbinary", "varchar", "to_hex({0})")
_add("from_hex", "varchar", "varbinary", "from_hex({0})")
_add("to_base64", "varbinary", "varchar", "to_base64({0})")
_add("from_base64", "varchar", "varbinary", "from_base64({0})")
_add("md5", "varbinary", "varbinary", "unhex(md5({0}))")
_add("sha1", "varbinary", "varbinary", "unhex(sha1({0}))")
_add("sha256", "varbinary", "varbinary", "unhex(sha256({0}))")
_add("length", "varbinary", "bigint", "octet_length({0})")
