"""Scope exclusion (E9): whom the classic models were never made for."""

from __future__ import annotations

from scoring.domain.profile import Profile
from scoring.domain.results import Reason


def find_exclusion(profile: Profile | None) -> Reason | None:
    """Return why the classic models do not apply to this customer; ``None`` when they do.

    Banks, insurers, investment funds and government bodies lie outside the Altman family, Bathory,
    working assets, Taffler, Springate and Fulmer.

    >>> find_exclusion(Profile(industry="J66")).code
    'OUT_OF_SCOPE'
    >>> find_exclusion(Profile(industry="C34")) is None
    True
    """
    if profile is None or not profile.is_scope_excluded:
        return None
    return Reason("OUT_OF_SCOPE", {"industry": profile.industry or profile.sector})
