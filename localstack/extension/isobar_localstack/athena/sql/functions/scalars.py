"""All scalar functions without a lambda parameter, by name."""

from isobar_localstack.athena.sql.casts import string
from isobar_localstack.athena.sql.functions import collections, json, numbers, regexps, texts, times
from isobar_localstack.athena.sql.functions.registry import Table, Typed, adder
from isobar_localstack.athena.sql.types import VARCHAR

SCALARS: Table = {}
adder(SCALARS)("typeof", "T", "varchar", lambda given: Typed(string(str(given[0].kind)), VARCHAR))
for _module in (numbers, texts, regexps, times, collections, json):
    for _name, _signatures in _module.FUNCTIONS.items():
        SCALARS.setdefault(_name, []).extend(_signatures)
