"""Pages of list operations."""

from localstack.utils.collections import PaginatedList


def page(items: list[dict], key: str, token: str, request: dict, *, size: int = 100) -> dict:
    """The requested page of the items under `key`. The field `token` of an item identifies its page."""
    shown, next_token = PaginatedList(items).get_page(
        lambda item: str(item[token]), request.get("NextToken"), request.get("MaxResults") or size
    )
    return {key: shown, **({"NextToken": next_token} if next_token else {})}
