"""Identity in words: each number of a customer, what its check says, and what it rests on (C.2)."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from common.identifiers import check_iban, check_lei, check_uscc, check_vat
from customers.models import BankAccount, Customer
from customers.services.banking import mask_account


@dataclass(frozen=True, slots=True)
class IdentityCheck:
    """One number: what it is, how it reads, whether its check holds, and the sentence that says so.

    `tone` is good, warn, bad or grey (nothing to check).
    """

    label: str
    value: str
    tone: str
    text: str


def list_identity_checks(
    customer: Customer, accounts: list[BankAccount], *, is_masked: bool
) -> list[IdentityCheck]:
    """Check every number that a customer has. No query."""
    checks = [_check_uscc(customer)]
    if customer.vat_no or customer.country != "CN":
        checks.append(_check_vat(customer))
    if customer.lei or customer.listed:
        checks.append(_check_lei(customer))
    checks += [_check_account(account, is_masked) for account in accounts]
    return checks


def _check_uscc(customer: Customer) -> IdentityCheck:
    label = _("Registration number (USCC)")
    if not customer.uscc:
        if customer.country != "CN":
            return IdentityCheck(label, "–", "grey", _("Not needed abroad."))
        return IdentityCheck(label, "–", "bad", _("Missing: without it nobody can be identified."))
    found = check_uscc(customer.uscc)
    if not found.valid:
        return IdentityCheck(label, customer.uscc, "bad", _describe_fault(found.reason))
    text = _("%(authority)s, %(kind)s, region %(region)s; the check character holds.") % {
        "authority": name_authority(found.authority or ""),
        "kind": name_entity(found.authority or "", found.entity_kind or ""),
        "region": found.region,
    }
    if found.org_check_ok is False:
        text += " " + _(
            "Its inner organisation code fails its own check: compare it with the licence."
        )
        return IdentityCheck(label, customer.uscc, "warn", text)
    return IdentityCheck(label, customer.uscc, "good", text)


def name_authority(code: str) -> str:
    """Name the registering authority, the first character of a USCC (GB 32100-2015)."""
    words = {
        "1": _("Registered by the staffing office"),
        "5": _("Registered by civil affairs"),
        "9": _("Registered by market regulation"),
        "A": _("Registered by the central military commission"),
        "N": _("Registered by agriculture"),
        "Y": _("Registered by another authority"),
    }
    return words.get(code) or _("Registered by authority %(code)s") % {"code": code}


def name_entity(authority: str, kind: str) -> str:
    """Name the kind of entity, the second character of a USCC."""
    if authority == "9":
        words = {
            "1": _("enterprise"),
            "2": _("self-employed business"),
            "3": _("farmers’ cooperative"),
        }
        return words.get(kind) or _("other entity")
    if authority == "1":
        words = {"1": _("state organ"), "2": _("public institution")}
        return words.get(kind) or _("other entity")
    if authority == "5":
        words = {
            "1": _("social organisation"),
            "2": _("private non-enterprise"),
            "3": _("foundation"),
        }
        return words.get(kind) or _("other entity")
    return _("entity of kind %(kind)s") % {"kind": kind}


def _check_vat(customer: Customer) -> IdentityCheck:
    label = _("VAT number")
    if not customer.vat_no:
        return IdentityCheck(label, "–", "warn", _("Missing: ask for it."))
    found = check_vat(customer.vat_no)
    if found.valid:
        return IdentityCheck(label, customer.vat_no, "good", _("Right by its country’s rule."))
    if found.reason == "COUNTRY":
        text = _("No rule is known for this country: compare it with the register.")
        return IdentityCheck(label, customer.vat_no, "grey", text)
    return IdentityCheck(label, customer.vat_no, "bad", _describe_fault(found.reason))


def _check_lei(customer: Customer) -> IdentityCheck:
    label = _("Legal entity identifier (LEI)")
    if not customer.lei:
        return IdentityCheck(label, "–", "warn", _("A listed company has one: ask for it."))
    found = check_lei(customer.lei)
    if found.valid:
        return IdentityCheck(label, customer.lei, "good", _("The check digits hold."))
    return IdentityCheck(label, customer.lei, "bad", _describe_fault(found.reason))


def _check_account(account: BankAccount, is_masked: bool) -> IdentityCheck:
    label = "IBAN" if account.is_iban else _("Bank account")
    value = mask_account(account.account) if is_masked else account.account
    called = (
        _("Confirmed by call-back.")
        if account.verified_at
        else _("Not confirmed by call-back yet.")
    )
    tone = "good" if account.verified_at else "warn"
    if not account.is_iban:
        return IdentityCheck(label, value, tone, called)
    found = check_iban(account.account)
    if not found.valid:
        return IdentityCheck(label, value, "bad", _describe_fault(found.reason))
    return IdentityCheck(label, value, tone, _("The check digits hold.") + " " + called)


def _describe_fault(reason: str | None) -> str:
    words = {
        "LENGTH": _("It has the wrong number of characters."),
        "ALPHABET": _("It holds characters that cannot be there."),
        "CHECK_CHAR": _("Its check character is wrong: compare it with the original."),
    }
    return words.get(reason or "") or _("It is not valid.")
