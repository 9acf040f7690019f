"""How documents and facts are shown, the same everywhere."""

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from customers.models import Document
from customers.words.dossier import label_field, label_line, write_fact

register = template.Library()

TONES = {
    "UPLOADED": "grey",
    "SUBMITTED": "info",
    "VERIFIED": "good",
    "REJECTED": "bad",
    "EXPIRED": "warn",
    "SUPERSEDED": "grey",
    "DOUBTED": "bad",
}


@register.simple_tag
def document_state(state: str) -> SafeString:
    """Show the state of a document as a word with its tone."""
    words = dict(Document.State.choices)
    return format_html(
        '<span class="state tone-{}">{}</span>', TONES.get(state, "grey"), words.get(state, state)
    )


@register.filter
def line_label(code: str) -> str:
    """Return the name of a line of the checklist."""
    return label_line(code)


@register.filter
def fact_label(code: str) -> str:
    """Return the name of a field of the vocabulary."""
    return label_field(code)


@register.simple_tag
def fact_value(fact: Any) -> str:
    """Return the value of a fact as people read it: grouped, with its unit, in words."""
    return write_fact(fact)
