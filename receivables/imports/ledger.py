"""What the imports of documents share: our company, digests, and documents posted before."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from common.bulk import fetch_rows
from common.errors import InvalidInput
from common.imports.columns import write_texts
from common.imports.kinds import UNCHANGED, Context, Rows
from customers.models import Company

LOCK = "ledger"


def get_company(context: Context) -> Company:
    """Return the company whose books the file belongs to: the one named, else the first."""
    companies = Company.objects.order_by("pk")
    if context.company_code:
        companies = companies.filter(code=context.company_code)
    company = companies.first()
    if company is None:
        raise InvalidInput(_("There is no such company."), field="company", code="UNKNOWN_CODE")
    return company


def digest_columns(columns: Iterable[Sequence[Any]]) -> list[str]:
    """Return the digest of each row, from the values of its columns."""
    md5 = hashlib.md5
    texts = [write_texts(column, null="None") for column in columns]
    return [
        md5(row.encode(), usedforsecurity=False).hexdigest()
        for row in map("\x1f".join, zip(*texts, strict=True))
    ]


def find_posted(table: str, numbers: Sequence[str], company: Company) -> dict[str, str]:
    """Return number → digest of the documents that are posted already. One query."""
    return dict(
        fetch_rows(
            f"select d.number, d.digest from unnest(%s::text[]) wanted(number)"  # noqa: S608
            f" join {table} d on d.company_id = %s and d.number = wanted.number",
            [list(numbers), company.pk],
        )
    )


def compare_with_posted(
    rows: Rows,
    *,
    column: str,
    digests: Sequence[str],
    posted: Mapping[str, str],
    describe: Any,
) -> None:
    """Mark repetitions as unchanged and reject contradictions; `describe` names what differs."""
    if not posted:
        return
    numbers = rows[column]
    differing = []
    for n in rows.good:
        before = posted.get(numbers[n])
        if before is None:
            continue
        if before == digests[n]:
            rows.outcome[n] = UNCHANGED
        else:
            differing.append(n)
    if differing:
        changed = describe(differing)
        for n in differing:
            rows.reject(n, column, "POSTED_DOCUMENT_DIFFERS", changed=changed.get(n) or "–")


def name_differences(
    rows: Rows, positions: Sequence[int], stored: Mapping[str, Mapping[str, Any]], key: str
) -> dict[int, str]:
    """Return per position the columns in which a row differs from its stored document."""
    found = {}
    for n in positions:
        document = stored.get(rows[key][n], {})
        names = [
            f"{name} ({value})"
            for name, value in document.items()
            if rows[name][n] is not None and rows[name][n] != value
        ]
        found[n] = ", ".join(names)
    return found
