"""The roots of every error that a person may see.

    CreditError                       something asked for cannot be done
    ├── InvalidInput                  a value is wrong: field, code, reason, way out      → 422
    ├── NotAllowed                    this person may not do this                         → 403
    ├── NotFound                      absent, or out of this person's scope               → 404
    ├── Conflict                      the state of things forbids it                      → 409
    │   └── TransitionNotAllowed      a lifecycle has no such step
    ├── StaleVersion                  somebody else changed it first                      → 412
    └── PeriodClosed                  the books of that date are closed                   → 423

Each app defines its own errors beside the function that raises them, below one of these roots.
A message is a translatable sentence; `code` is UPPERCASE and stable.
"""

from typing import Any


class CreditError(Exception):
    """Something asked for cannot be done; `message` says why and what to do instead."""

    code = "ERROR"
    status = 400

    def __init__(self, message: Any = "", *, code: str | None = None, **params: Any) -> None:
        super().__init__(message)
        self.message = message
        self.params = params
        if code:
            self.code = code

    def __str__(self) -> str:
        return str(self.message)


class InvalidInput(CreditError):
    """A value cannot be used; `field` names it."""

    code = "INVALID"
    status = 422

    def __init__(
        self, message: Any = "", *, field: str = "", code: str | None = None, **params: Any
    ) -> None:
        super().__init__(message, code=code, **params)
        self.field = field


class NotAllowed(CreditError):
    """This person may not do this."""

    code = "NOT_ALLOWED"
    status = 403


class NotFound(CreditError):
    """It does not exist, or lies outside this person's scope: the answer is the same."""

    code = "NOT_FOUND"
    status = 404


class Conflict(CreditError):
    """The present state forbids the step."""

    code = "CONFLICT"
    status = 409


class TransitionNotAllowed(Conflict):
    """A lifecycle has no such step from where it stands."""

    code = "TRANSITION_NOT_ALLOWED"


class StaleVersion(CreditError):
    """Somebody else changed the row first."""

    code = "STALE_VERSION"
    status = 412


class PeriodClosed(CreditError):
    """The books of that date are closed."""

    code = "PERIOD_CLOSED"
    status = 423
