"""Addresses of the lists behind the overview's figures; empty while a list is not built yet."""

from urllib.parse import urlencode

from common.ui import find_url


def page_url(name: str, **query: object) -> str:
    """Return the address of a page with its filter, or "" when there is no such page."""
    address = find_url(name)
    if not address or not query:
        return address
    return f"{address}?{urlencode(query)}"
