"""Reads of credit: accounts, exposure, limits, requests, order checks."""

from credit_control.selectors.accounts import find_account, get_account, get_company
from credit_control.selectors.checks import get_check, list_checks
from credit_control.selectors.exposure import (
    Exposure,
    LimitInForce,
    get_effective_limit,
    get_exposure,
    get_headroom,
)
from credit_control.selectors.limit_use import LimitUse, list_limit_use
from credit_control.selectors.requests import (
    AccountFacts,
    Preview,
    changed_facts,
    find_open_request,
    get_account_facts,
    get_request,
    list_approvals_for,
    list_requests,
    preview_request,
    refresh_facts,
)
from credit_control.selectors.suggestion import Suggestion, suggest_limit

__all__ = [
    "AccountFacts",
    "Exposure",
    "LimitInForce",
    "LimitUse",
    "Preview",
    "Suggestion",
    "changed_facts",
    "find_account",
    "find_open_request",
    "get_account",
    "get_account_facts",
    "get_check",
    "get_company",
    "get_effective_limit",
    "get_exposure",
    "get_headroom",
    "get_request",
    "list_approvals_for",
    "list_checks",
    "list_limit_use",
    "list_requests",
    "preview_request",
    "refresh_facts",
    "suggest_limit",
]
