"""How the customers of the sample portfolio behave: a few habits, each with its shares and odds."""

from dataclasses import dataclass
from random import Random

EVEN = (1.0,) * 12
# Spring Festival empties February, the year's end fills November and December.
ORDINARY_YEAR = (0.95, 0.55, 1.0, 1.0, 1.0, 1.05, 0.95, 0.95, 1.05, 0.95, 1.15, 1.3)
HIGH_SUMMER = (0.3, 0.25, 0.5, 0.9, 1.6, 2.2, 2.4, 2.0, 1.2, 0.6, 0.4, 0.35)
WINTER_TRADE = (1.9, 1.2, 0.5, 0.4, 0.4, 0.4, 0.5, 0.7, 1.1, 1.6, 2.1, 2.3)


@dataclass(frozen=True)
class Habit:
    """What to expect of one kind of customer.

    `late_mean` and `late_spread` are days after the due date; `partial`, `dispute`, `mute` and
    `credit_note` are odds per invoice or receipt (mute: pays without saying for what).
    `strength` (0–1) is financial health, `drift` its change per year.
    """

    code: str
    share: float
    late_mean: float
    late_spread: float
    partial: float = 0.03
    dispute: float = 0.002
    mute: float = 0.08
    credit_note: float = 0.02
    never: float = 0.001
    strength: float = 0.6
    drift: float = 0.02
    months: int = 24
    is_failing: bool = False


PROMPT = Habit("PROMPT", 0.33, -2.0, 3.0, partial=0.01, mute=0.04, strength=0.78, drift=0.03)
USUAL = Habit("USUAL", 0.27, 5.0, 5.0, never=0.001, strength=0.62)
SLOW = Habit("SLOW", 0.16, 22.0, 11.0, partial=0.08, mute=0.12, never=0.006, strength=0.45, drift=-0.02)  # fmt: skip
SEASONAL = Habit("SEASONAL", 0.07, 8.0, 7.0, strength=0.56)
DISPUTING = Habit("DISPUTING", 0.06, 12.0, 8.0, partial=0.07, dispute=0.16, credit_note=0.12, strength=0.55)  # fmt: skip
FAILING = Habit("FAILING", 0.05, 14.0, 9.0, partial=0.12, never=0.02, strength=0.34, drift=-0.14, is_failing=True)  # fmt: skip
NEW = Habit("NEW", 0.06, 3.0, 4.0, strength=0.55, months=5)
HABITS = (PROMPT, USUAL, SLOW, SEASONAL, DISPUTING, FAILING, NEW)


def choose_habit(index: int, count: int) -> Habit:
    """Return the habit of the customer at `index`, so that the shares hold in any size.

    Habits are dealt along the golden ratio's walk, which spreads evenly however far it goes; a
    portfolio of a handful has one customer of each.
    """
    if count <= len(HABITS):
        return HABITS[index % len(HABITS)]
    position, total = index * 0.6180339887 % 1.0, 0.0
    for habit in HABITS:
        total += habit.share
        if position < total:
            return habit
    return HABITS[-1]


def choose_season(habit: Habit, rng: Random) -> tuple[float, ...]:
    """Return twelve weights of the year's months for one customer."""
    if habit is SEASONAL:
        return rng.choice((HIGH_SUMMER, WINTER_TRADE))
    return ORDINARY_YEAR
