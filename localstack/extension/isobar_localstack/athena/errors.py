"""Failures of a statement: the name and message that Athena shows as StateChangeReason."""


class QueryFailure(Exception):
    """`name` is Trino's error name, such as COLUMN_NOT_FOUND."""

    # https://docs.aws.amazon.com/athena/latest/APIReference/API_AthenaError.html
    SYSTEM, USER = 1, 2

    def __init__(self, name: str, message: str, category: int = USER):
        super().__init__(f"{name}: {message}")
        self.category = category


def unsupported(what: str) -> QueryFailure:
    return QueryFailure("NOT_SUPPORTED", f"{what} is not supported by the local Athena")
