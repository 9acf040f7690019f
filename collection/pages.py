"""What the pages of collection show: words, links, and what this reader may do."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from collection.letters import Letter, compose_letter, compose_reminder
from collection.models import DunningNotice, DunningRun, NoticeItem, PromiseToPay
from collection.selectors import list_items, list_level_totals, list_skipped
from collection.services import list_letter_items
from collection.tables import draw_notice_state, draw_promise_state, join_totals
from common.figures import format_amount, format_day, format_moment
from common.models import Job
from common.ui import find_url
from customers.selectors import search_customers
from users.permissions import may

SKIP_WORDS_MAX = 200


def skip_word(reason: str) -> str:
    """Return why a customer or item was skipped, in words."""
    words = {
        "CUSTOMER_BLOCK": _("Dunning of this customer is blocked"),
        "INSOLVENT": _("Insolvent: claims are filed, not dunned"),
        "NO_NET_OVERDUE": _("Money on account covers what is overdue"),
        "BELOW_CUSTOMER_MINIMUM": _("Below the customer minimum"),
        "NOTICE_PENDING": _("A printed letter waits to be posted"),
        "RATE_MISSING": _("No exchange rate to add the currencies"),
        "DISPUTED": _("Contested"),
        "PROMISE_OPEN": _("Promised"),
        "ITEM_BLOCK": _("Item is blocked"),
        "BELOW_ITEM_MINIMUM": _("Below the item minimum"),
    }
    return words.get(reason, reason)


def run_context(request: HttpRequest, run: DunningRun) -> dict[str, Any]:
    """Return what the page of one run needs beside its table."""
    levels = list_level_totals(request.user, run=run)
    ready: dict[str, Any] = {}
    letters = final = 0
    for level in levels:
        if level.is_final:
            final += level.waiting
    waiting = (
        DunningNotice.objects.for_user(request.user)
        .filter(run=run, state=DunningNotice.State.PROPOSED, is_final=False)
        .exclude(recipient="", channel="EMAIL")
        .values_list("currency", "total")
    )
    for currency, total in waiting:
        letters += 1
        ready[currency] = ready.get(currency, 0) + total
    job = (
        Job.objects.filter(
            key__startswith=f"dunning-run:{run.pk}:", state__in=["WAITING", "RUNNING"]
        )
        .order_by("-pk")
        .first()
    )
    return {
        "run": run,
        "levels": [
            {
                "label": _("Level %(level)s, final") % {"level": row.level}
                if row.is_final
                else _("Level %(level)s") % {"level": row.level},
                "letters": row.letters,
                "waiting": row.waiting,
                "totals": join_totals(row.totals),
                "url": f"?level={row.level}",
            }
            for row in levels
        ],
        "skipped": [
            row | {"word": skip_word(row["reason"])} for row in list_skipped(request.user, run=run)
        ][:SKIP_WORDS_MAX],
        "job": job,
        "ready": letters,
        "ready_totals": join_totals(ready),
        "final_waiting": final,
        "may_approve": letters and may(request.user, "dunning.approve"),
        "crumbs": [(_("Dunning"), reverse("dunning"))],
    }


def build_chips(
    request: HttpRequest, notices: QuerySet[DunningNotice]
) -> tuple[list[dict[str, Any]], QuerySet[DunningNotice]]:
    """Return the filter chips of a list of letters, and the list under the chosen ones."""
    query = request.GET.copy()
    query.pop("page", None)
    state, level = query.get("state", ""), query.get("level", "")
    if state in DunningNotice.State.values:
        notices = notices.filter(state=state)
    if level.isdecimal() and len(level) < 3:
        notices = notices.filter(level=int(level))
    if text := query.get("q", "").strip():
        notices = notices.filter(customer__in=_find_customers(request, text))
    chips = []
    for value, label in (
        ("PROPOSED", _("Waiting")),
        ("SENT", _("Sent")),
        ("EXCLUDED", _("Left out")),
        ("FAILED", _("Failed")),
    ):
        chosen = query.copy()
        if state == value:
            chosen.pop("state")
        else:
            chosen["state"] = value
        chips.append({"label": label, "url": f"?{chosen.urlencode()}", "on": state == value})
    if level:
        chosen = query.copy()
        chosen.pop("level")
        chips.append(
            {
                "label": _("Level %(level)s") % {"level": level},
                "url": f"?{chosen.urlencode()}",
                "on": True,
            }
        )
    return chips, notices


def _find_customers(request: HttpRequest, text: str) -> list[int]:
    return [customer.pk for customer in search_customers(text, user=request.user, limit=200)]


def letter_of(notice: DunningNotice) -> Letter:
    """Return the letter of a notice from its stored items."""
    kept = [item for item in list_items(notice) if not item.cancelled]
    items = list_letter_items(kept)
    if notice.kind == DunningNotice.Kind.REMINDER:
        return compose_reminder(notice, items)
    return compose_letter(notice, items)


def notice_context(request: HttpRequest, notice: DunningNotice) -> dict[str, Any]:
    """Return what the page of one letter needs."""
    items = list_items(notice)
    letter_items = list_letter_items([item for item in items if not item.cancelled])
    is_reminder = notice.kind == DunningNotice.Kind.REMINDER
    compose = compose_reminder if is_reminder else compose_letter
    letter = compose(notice, letter_items) if letter_items else None
    message = notice.message
    proposed = notice.state == DunningNotice.State.PROPOSED
    crumbs = [(_("Dunning"), reverse("dunning"))]
    if notice.run_id:
        crumbs.append((format_day(notice.as_of), reverse("dunning_run", args=[notice.run_id])))
    return {
        "notice": notice,
        "items": items,
        "subject": message.subject if message else letter.subject if letter else "",
        "text": message.body if message else letter.text if letter else "",
        "facts": _notice_facts(notice),
        "crumbs": crumbs,
        "is_reminder": is_reminder,
        "may_exclude": proposed and may(request.user, "dunning.prepare"),
        "may_approve": proposed
        and bool(notice.recipient or notice.channel != "EMAIL")
        and may(request.user, "dunning.approve"),
        "may_post": notice.state == DunningNotice.State.APPROVED
        and message is None
        and may(request.user, "dunning.prepare"),
        "no_address": notice.channel == "EMAIL" and not notice.recipient,
        "customer_url": _customer_url(notice),
        "message_url": find_outbox_url(message.pk, request) if message else "",
        "promise_url": _promise_url(request, notice, items),
        "has_pdf": not is_reminder and bool(letter_items),
    }


def _promise_url(request: HttpRequest, notice: DunningNotice, items: list[NoticeItem]) -> str:
    if not items or not may(request.user, "promise.record"):
        return ""
    query = QueryDict(mutable=True)
    query["customer"] = notice.customer.code
    query.setlist("line", [str(item.due_line_id) for item in items if not item.cancelled])
    return f"{reverse('promise_new')}?{query.urlencode()}"


def find_outbox_url(pk: int, request: HttpRequest) -> str:
    """Return the address of a message for people who may see the outbox."""
    base = find_url("outbox") if may(request.user, "outbox.view") else ""
    return f"{base}{pk}/" if base else ""


def _customer_url(notice: DunningNotice) -> str:
    base = find_url("customers")
    return f"{base}{notice.customer.code}/" if base else ""


def _notice_facts(notice: DunningNotice) -> list[dict[str, Any]]:
    rows = [
        {"label": _("State"), "value": draw_notice_state(notice)},
        {"label": _("Recipient"), "value": notice.recipient or _("No address")},
        {"label": _("To the attention of"), "value": notice.recipient_name},
        {"label": _("Language"), "value": get_language_info(notice.language)["name_local"]},
        {
            "label": _("Total"),
            "value": f"{notice.currency} {format_amount(notice.total, notice.currency)}",
        },
    ]
    if notice.deadline:
        rows.append({"label": _("To pay by"), "value": format_day(notice.deadline)})
    if notice.approved_by:
        rows.append({"label": _("Approved by"), "value": notice.approved_by.display_name})
    if notice.sent_at:
        rows.append({"label": _("Sent"), "value": format_moment(notice.sent_at)})
    if notice.exclude_reason:
        rows.append({"label": _("Left out because"), "value": notice.get_exclude_reason_display()})
    if notice.exclude_note:
        rows.append({"label": _("Note"), "value": notice.exclude_note})
    if notice.pdf_sha256:
        rows.append({"label": "SHA-256", "value": notice.pdf_sha256[:16] + "…"})
    rows.append({"label": _("Reference"), "value": notice.key})
    return rows


def promise_context(request: HttpRequest) -> dict[str, Any]:
    """Return the filter chips of the list of promises."""
    state = request.GET.get("state", "")
    chips = []
    for value, label in PromiseToPay.State.choices:
        query = request.GET.copy()
        query.pop("page", None)
        if state == value:
            query.pop("state")
        else:
            query["state"] = value
        chips.append({"label": label, "url": f"?{query.urlencode()}", "on": state == value})
    return {"chips": chips, "is_filtered": bool(state or request.GET.get("customer"))}


def promise_facts(promise: PromiseToPay) -> list[dict[str, Any]]:
    """Return the facts of one promise as names and values."""
    currency = promise.currency
    return [
        {"label": _("State"), "value": draw_promise_state(promise)},
        {"label": _("Amount"), "value": f"{currency} {format_amount(promise.amount, currency)}"},
        {
            "label": _("Paid in time"),
            "value": f"{currency} {format_amount(promise.paid_in_time, currency)}"
            if promise.paid_in_time
            else "–",
        },
        {"label": _("Paid by"), "value": format_day(promise.promise_date)},
        {"label": _("Promised on"), "value": format_day(promise.made_on)},
        {"label": _("Who promised"), "value": promise.given_by},
        {
            "label": _("Recorded by"),
            "value": promise.recorded_by.display_name if promise.recorded_by else _("System"),
        },
        {"label": _("Note"), "value": promise.note},
    ]
