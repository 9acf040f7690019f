"""The words, the icon and the tone of every state that a page may show.

Tone is the second signal; red means "act", never decoration. A stored code that is not listed is
shown in grey with the label its model gives.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


@dataclass(frozen=True)
class Badge:
    """How one state looks: `tone` is good, info, warn, bad or grey."""

    label: str | Promise
    tone: str = "grey"
    icon: str = ""


GRADES = ("AAA", "AA", "A", "BBB", "BB", "B", "CCC", "CC", "C", "D")

BADGES: dict[str, Badge] = {
    # a customer's risk
    "NORMAL": Badge(_("Normal")),
    "WATCH": Badge(_("Watch"), "warn", icon="alert-triangle"),
    "ON_HOLD": Badge(_("On hold"), "bad", icon="lock"),
    "HOLD": Badge(_("On hold"), "bad", icon="lock"),
    "BLOCKED": Badge(_("Blocked"), "bad", icon="lock"),
    "LEGAL": Badge(_("Legal"), "bad", icon="gavel"),
    "INSURED": Badge(_("Insured"), "info", icon="shield"),
    "PROSPECT": Badge(_("Prospect")),
    "INACTIVE": Badge(_("Inactive")),
    "INSOLVENT": Badge(_("Insolvent"), "bad", icon="gavel"),
    # an order
    "RELEASED": Badge(_("Released"), "good", icon="circle-check"),
    "RELEASED_WARNING": Badge(_("Released with a warning"), "warn", icon="alert-triangle"),
    "WARNING": Badge(_("Warning"), "warn", icon="alert-triangle"),
    "REFERRED": Badge(_("Referred"), "warn", icon="arrow-forward-up"),
    # money owed
    "OPEN": Badge(pgettext_lazy("invoice", "Open")),
    "POSTED": Badge(pgettext_lazy("invoice", "Open")),
    "PARTIAL": Badge(_("Partly paid"), "info"),
    "PARTLY_PAID": Badge(_("Partly paid"), "info"),
    "PAID": Badge(_("Paid"), "good"),
    "CLEARED": Badge(_("Cleared"), "good"),
    "OVERDUE": Badge(_("Overdue"), "warn", icon="clock-exclamation"),
    "DISPUTED": Badge(_("Disputed"), "warn", icon="message-circle"),
    "PROMISED": Badge(_("Promised"), "warn", icon="calendar-event"),
    "BROKEN": Badge(_("Promise broken"), "bad", icon="calendar-x"),
    "KEPT": Badge(_("Kept"), "good"),
    "WRITTEN_OFF": Badge(_("Written off")),
    "REVERSED": Badge(_("Reversed")),
    "UNAPPLIED": Badge(_("Not applied"), "warn"),
    "APPLIED": Badge(_("Applied"), "good"),
    # a warning and its life
    "RED": Badge(_("Red"), "bad", icon="alert-triangle"),
    "AMBER": Badge(_("Amber"), "warn", icon="alert-triangle"),
    "INFO": Badge(_("Info"), "info", icon="info-circle"),
    "ASSIGNED": Badge(_("To assess"), "info", icon="clock"),
    "CONFIRMED": Badge(_("Confirmed"), "warn"),
    "DISMISSED": Badge(_("Dismissed")),
    "ACTIONED": Badge(_("Acted on"), "info"),
    "CLOSED": Badge(_("Closed")),
    # a look at a public list
    "HIT": Badge(_("Hit"), "bad", icon="alert-triangle"),
    "NO_HIT": Badge(_("No hit"), "good", icon="circle-check"),
    "UNCLEAR": Badge(_("Unclear"), "warn"),
    # something asked for
    "DRAFT": Badge(_("Draft")),
    "SUBMITTED": Badge(_("Submitted"), "info"),
    "PENDING": Badge(_("Waiting"), "info", icon="clock"),
    "IN_APPROVAL": Badge(_("In approval"), "info", icon="clock"),
    "ACTIVATED": Badge(_("Active"), "good", icon="circle-check"),
    "LAPSED": Badge(_("Lapsed")),
    "IN_REVIEW": Badge(_("In review"), "info"),
    "APPROVED": Badge(_("Approved"), "good", icon="circle-check"),
    "REDUCED": Badge(_("Approved, reduced"), "warn"),
    "REJECTED": Badge(_("Rejected"), "bad", icon="circle-x"),
    "DECLINED": Badge(_("Declined"), "bad", icon="circle-x"),
    "RETURNED": Badge(_("Returned"), "warn"),
    "WITHDRAWN": Badge(_("Withdrawn")),
    "ACTIVE": Badge(_("Active"), "good"),
    "EXPIRED": Badge(_("Expired"), "warn"),
    "SUPERSEDED": Badge(_("Superseded")),
    "SUSPENDED": Badge(_("Suspended"), "bad", icon="lock"),
    # work and messages
    "QUEUED": Badge(_("Queued")),
    "RUNNING": Badge(_("Running"), "info", icon="progress"),
    "DONE": Badge(_("Done"), "good", icon="circle-check"),
    "PARTLY_DONE": Badge(_("Done in part"), "warn", icon="alert-triangle"),
    "FAILED": Badge(_("Failed"), "bad", icon="circle-x"),
    "CANCELLED": Badge(_("Cancelled")),
    "PREVIEW": Badge(_("Preview")),
    "PROPOSED": Badge(_("Proposed"), "info"),
    "READY": Badge(_("Ready to send"), "info"),
    "SENDING": Badge(_("Being sent"), "info", icon="progress"),
    "UNSURE": Badge(_("Unsure whether sent"), "warn", icon="alert-triangle"),
    "SENT": Badge(_("Sent"), "good", icon="send"),
    "BOUNCED": Badge(_("Bounced"), "bad", icon="mail-x"),
    "EXCLUDED": Badge(_("Excluded")),
}


def find_badge(code: str, label: str | Promise = "") -> Badge:
    """Return how the state `code` looks, under the caller's `label` where one is given."""
    known = BADGES.get(code)
    if known is None:
        return Badge(label or code.replace("_", " ").capitalize())
    return Badge(label, known.tone, icon=known.icon) if label else known
