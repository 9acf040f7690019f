"""What the names in a source's files mean, as a person once said: asked once, used ever after."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from common.errors import InvalidInput
from common.events import record_event
from common.imports.issues import read_issues
from common.imports.kinds import get_kind
from common.models import ImportBatch, ImportMapping

MOST_LABELS = 400
LONGEST_LABEL = 120
UNKNOWN_NAMES = ("UNKNOWN_ITEM",)


class BadMapping(InvalidInput):
    """A name is too long, there are too many, or what it shall mean is not known."""

    code = "BAD_MAPPING"


def read_mapping(kind: str, source: str) -> dict[str, str]:
    """Return what the names of a source mean; nothing where nothing was said (1 query at most)."""
    if not source:
        return {}
    row = ImportMapping.objects.filter(kind=kind, source=source).first()
    return dict(row.mapping) if row else {}


def list_sources(kind: str = "") -> list[str]:
    """Return the sources whose names were explained."""
    rows = ImportMapping.objects.order_by("source")
    if kind:
        rows = rows.filter(kind=kind)
    return list(dict.fromkeys(rows.values_list("source", flat=True)))


def list_unknown(batch: ImportBatch) -> list[str]:
    """Return the names in a file that nothing is called by, in the order of the file."""
    lines = [issue.value for issue in read_issues(batch.issues) if issue.code in UNKNOWN_NAMES]
    named = [name for name in batch.ignored_columns if not name.startswith("#")]
    return list(dict.fromkeys([*named, *filter(None, lines)]))[:MOST_LABELS]


@transaction.atomic
def save_mapping(
    *, kind: str, source: str, mapping: Mapping[str, str], actor: Any
) -> ImportMapping:
    """Remember what names of a source mean, beside what is remembered already; "" is «leave out».

    Raises:
        BadMapping: no source, or a name that means nothing we know.
    """
    allowed = {name for name, _zh, _en in get_kind(kind).targets()} | {""}
    if not source.strip():
        raise BadMapping(_("Name the source of the file."), field="source")
    row, _created = ImportMapping.objects.select_for_update().get_or_create(
        kind=kind, source=source.strip()[:100]
    )
    known = {**row.mapping, **mapping}
    is_bad = any(len(label) > LONGEST_LABEL or name not in allowed for label, name in known.items())
    if is_bad or len(known) > MOST_LABELS:
        raise BadMapping(_("A name is too long, or means nothing that is known."), field="mapping")
    before = dict(row.mapping)
    row.mapping, row.saved_by = known, actor if getattr(actor, "pk", None) else None
    row.save()
    record_event(
        "imports.mapping.saved",
        actor=actor,
        subject=row,
        before=before,
        after=known,
    )
    return row


def digest_mapping(mapping: Mapping[str, str]) -> str:
    """Return what tells two explanations apart."""
    text = json.dumps(sorted(mapping.items()))
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()
