"""Lifecycles as data: one table (state, action) → state, consulted by services and by pages.

Pure: no Django. Each app keeps its tables in its own `domain/`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from common.errors import TransitionNotAllowed

ANY = "*"
"""Origin that stands for every state that is neither an end state nor the target itself."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One permitted step: who may take it (role codes) and what must be true first (a sentence)."""

    source: str
    target: str
    action: str
    roles: tuple[str, ...]
    guard: str = ""


@dataclass(frozen=True)
class StateMachine:
    """A lifecycle: start state, states, end states and every permitted step.

    >>> door = StateMachine("X1", "door", "SHUT", ("SHUT", "OPEN"), (), (
    ...     Transition("SHUT", "OPEN", "open", ("CM",)),
    ...     Transition("OPEN", "SHUT", "shut", ("CM",)),
    ... ))
    >>> door.next("SHUT", "open")
    'OPEN'
    >>> door.next("OPEN", "open")
    Traceback (most recent call last):
    ...
    common.errors.TransitionNotAllowed: door: no step 'open' from OPEN
    """

    code: str
    entity: str
    initial: str
    states: tuple[str, ...]
    terminal: tuple[str, ...]
    transitions: tuple[Transition, ...]

    @cached_property
    def _steps(self) -> dict[tuple[str, str], tuple[Transition, ...]]:
        steps: dict[tuple[str, str], tuple[Transition, ...]] = {}
        for step in self.transitions:
            for source in self._origins(step):
                steps[source, step.action] = (
                    *steps.get((source, step.action), ()),
                    step,
                )
        return steps

    def _origins(self, step: Transition) -> Iterable[str]:
        if step.source != ANY:
            return (step.source,)
        return (s for s in self.states if s not in self.terminal and s != step.target)

    def transition(self, state: str, action: str, target: str | None = None) -> Transition:
        """Return the permitted step, or raise TransitionNotAllowed.

        Where facts decide between several ends of one action (an application may clear an invoice
        or only reduce it), the caller names the `target`; leaving it out then is refused too.
        """
        steps = self._steps.get((state, action), ())
        if target is not None:
            steps = tuple(step for step in steps if step.target == target)
        if len(steps) != 1:
            wanted = f" to {target}" if target else ""
            raise TransitionNotAllowed(
                f"{self.entity}: no step {action!r}{wanted} from {state}",
                machine=self.code,
                state=str(state),
                action=action,
                target=target,
            )
        return steps[0]

    def next(self, state: str, action: str, target: str | None = None) -> str:
        """Return the state reached, or raise TransitionNotAllowed."""
        return self.transition(state, action, target).target

    def allows(self, state: str, action: str, target: str | None = None) -> bool:
        """Say whether the step exists (to any end when no target is named)."""
        steps = self._steps.get((state, action), ())
        return any(target is None or step.target == target for step in steps)

    def actions(self, state: str, role: str | None = None) -> tuple[str, ...]:
        """List the actions open from a state, in table order, optionally only those of a role."""
        found = {
            action: None
            for (source, action), steps in self._steps.items()
            if source == state and (role is None or any(role in s.roles for s in steps))
        }
        return tuple(found)

    def is_final(self, state: str) -> bool:
        """Say whether nothing follows that state."""
        return state in self.terminal
