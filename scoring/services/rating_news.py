"""What a run of ratings tells: one deed for the run, and for each fall a deed, a to-do and a signal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_noop

from common.events import record_event, record_events
from common.models import Run
from customers.domain.signals import NewSignal, Severity, signal_key
from customers.models import Task
from customers.services import create_tasks, raise_signals
from scoring.domain.grades import LETTERS

ANALYST = "ANALYST"
DOWNGRADED = gettext_noop("Rating fell from %(from)s to %(to)s: look at it")
SIGNAL = "S16"
CLASSES = ("1", "2", "3", "4", "5", "D")
WORST_CLASSES = ("5", "D")


@dataclass(frozen=True)
class Fall:
    """A rating that is worse by one letter or more than the one before it."""

    rating_id: int
    customer_id: int
    before: str
    after: str
    before_class: str
    after_class: str

    @property
    def severity(self) -> str | None:
        """Return how hard the fall weighs (S16): by risk class, one amber, two or to 5 red."""
        steps = CLASSES.index(self.after_class) - CLASSES.index(self.before_class)
        if steps <= 0:
            return None
        is_red = steps >= 2 or self.after_class in WORST_CLASSES
        return (Severity.RED if is_red else Severity.AMBER).value


@dataclass
class Moves:
    """Up and down of a run, and the one row that it stored when it stored but one."""

    created: int = 0
    upgraded: int = 0
    downgraded: int = 0
    only: tuple[Mapping[str, Any], Mapping[str, Any] | None] | None = None

    def add(
        self, created: Sequence[Mapping[str, Any]], before: Mapping[int, Mapping[str, Any]]
    ) -> list[Fall]:
        """Compare new rows with the ones before them; return those that fell."""
        if created:
            self.only = (created[0], before.get(created[0]["customer_id"]))
        self.created += len(created)
        fallen = []
        for row in created:
            last = before.get(row["customer_id"])
            if last is None:
                continue
            steps = LETTERS.index(row["grade"]) - LETTERS.index(last["grade"])
            self.downgraded += steps > 0
            self.upgraded += steps < 0
            if steps > 0:
                fallen.append(
                    Fall(
                        row["id"],
                        row["customer_id"],
                        last["grade"] + last["modifier"],
                        row["grade"] + row["modifier"],
                        last["risk_class"],
                        row["risk_class"],
                    )
                )
        return fallen


def tell_run(
    moves: Moves, counts: Mapping[str, Any], *, as_of: date, actor: Any, run: Run | None
) -> None:
    """Record one deed: of the single rating, or of the run with its counts."""
    if moves.created == 1 and run is None and moves.only:
        row, last = moves.only
        record_event(
            "scoring.rating.stored",
            actor=actor,
            subject=("scoring.rating", row["id"]),
            customer_id=row["customer_id"],
            as_of=as_of,
            before={"grade": last["grade"] + last["modifier"]} if last else None,
            after={"grade": row["grade"] + row["modifier"]},
        )
    elif moves.created:
        record_event(
            "scoring.ratings.stored",
            actor=actor,
            subject=run or ("scoring.rating", as_of.isoformat()),
            as_of=as_of,
            after={name: n for name, n in counts.items() if name != "skipped"},
        )


def tell_downgrades(
    fallen: Sequence[Fall], codes: Mapping[int, str], *, as_of: date, actor: Any
) -> None:
    """Record each fall, ask an analyst to look, and raise the signal where the risk class is worse."""
    if not fallen:
        return
    record_events(
        [
            {
                "code": "scoring.rating.downgraded",
                "actor": actor,
                "subject": ("scoring.rating", fall.rating_id),
                "customer_id": fall.customer_id,
                "as_of": as_of,
                "before": {"grade": fall.before},
                "after": {"grade": fall.after},
            }
            for fall in fallen
        ]
    )
    create_tasks(
        [
            Task(
                kind="RATING_DOWNGRADED",
                key=f"rating-downgraded:{fall.rating_id}",
                customer_id=fall.customer_id,
                title=DOWNGRADED,
                params={"from": fall.before, "to": fall.after},
                url=reverse("customer_rating", args=[codes[fall.customer_id]]),
                role=ANALYST,
            )
            for fall in fallen
        ]
    )
    # The signal is the house's own deed, whoever asked for the rating.
    raise_signals(
        [
            NewSignal(
                customer_id=fall.customer_id,
                code=SIGNAL,
                severity=severity,
                key=signal_key(SIGNAL, fall.customer_id, f"rating:{fall.rating_id}"),
                facts={
                    "grade": fall.after,
                    "previous_grade": fall.before,
                    "risk_class": fall.after_class,
                    "previous_class": fall.before_class,
                },
            )
            for fall in fallen
            if (severity := fall.severity) is not None
        ],
        as_of=as_of,
    )
