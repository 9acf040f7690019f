"""The words of the investigation: sections, the sentence of each option, the eight tests."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = Mapping[str, str | Promise]

SECTION_LABELS: Words = {
    "IDENTITY": _("Identity and owners"),
    "MANAGEMENT": _("Management"),
    "BUSINESS": _("Business and market"),
    "CAPACITY": _("Capacity"),
    "CAPITAL": _("Capital"),
    "COLLATERAL": _("Collateral"),
    "BEHAVIOUR": _("Payment behaviour"),
    "LITIGATION": _("Litigation and lists"),
    "GROUPS": _("Group and linked parties"),
    "VISIT": _("Impressions of the visit"),
    "RISKS": _("Risks and what lessens them"),
}
FIVE_C_LABELS: Words = {
    "CHARACTER": _("Character"),
    "CAPACITY": _("Capacity"),
    "CAPITAL": _("Capital"),
    "COLLATERAL": _("Collateral"),
    "CONDITIONS": _("Conditions"),
}

SENTENCES: Mapping[str, Words] = {
    "IDENTITY": {
        "REGISTERED_AND_ACTIVE": _("It is registered and active."),
        "OWNERS_CLEAR": _("Its owners are known down to the last person."),
        "OWNERS_CHANGED_LATELY": _("Its owners changed within the last year."),
        "OWNERS_NOT_CLEAR": _("Who owns it in the end is not clear."),
        "CAPITAL_NOT_PAID_IN": _("Its registered capital is not paid in."),
        "SHELL_SIGNS": _("There are signs of a shell company."),
    },
    "MANAGEMENT": {
        "EXPERIENCED": _("The management has run this business for years."),
        "OPEN_WITH_US": _("It answered every question openly."),
        "KEEPS_ITS_WORD": _("What it promised so far it kept."),
        "ONE_PERSON_DECIDES": _("One person decides everything."),
        "CHANGES_OFTEN": _("The management changes often."),
        "EVADES_QUESTIONS": _("It evaded questions about money."),
        "PAST_FAILURES": _("Earlier companies of its people failed."),
    },
    "BUSINESS": {
        "MARKET_GROWS": _("Its market grows."),
        "WIDE_CUSTOMER_BASE": _("It sells to many customers, none of them too large."),
        "STRONG_PRODUCT": _("Its product is hard to replace."),
        "SEASONAL": _("Its business follows the seasons."),
        "MARKET_SHRINKS": _("Its market shrinks."),
        "FEW_CUSTOMERS": _("It lives on a few customers."),
        "PRICE_WAR": _("It is in a price war."),
        "DEPENDS_ON_ONE_SUPPLIER": _("It depends on one supplier."),
    },
    "CAPACITY": {
        "PLANT_BUSY": _("Its plant is busy."),
        "CASH_FLOW_STEADY": _("Its cash flow from operations is steady."),
        "EXPANDING": _("It is expanding."),
        "PLANT_IDLE": _("Much of its plant stands idle."),
        "CASH_FLOW_NEGATIVE": _("Its operations use up cash."),
        "STOCK_PILES_UP": _("Its stock piles up."),
    },
    "CAPITAL": {
        "EQUITY_SOLID": _("Its equity is solid."),
        "STATEMENTS_AUDITED": _("Its statements are audited."),
        "STATEMENTS_NOT_AUDITED": _("Its statements are not audited."),
        "EQUITY_THIN": _("Its equity is thin."),
        "SHORT_DEBT_HIGH": _("Much of its debt falls due within a year."),
        "STATEMENTS_DOUBTFUL": _("Its statements do not tie up."),
        "NO_STATEMENTS": _("It gave no statements."),
    },
    "COLLATERAL": {
        "SECURITY_OFFERED": _("It offers security."),
        "ASSETS_FREE": _("Its main assets are free."),
        "NO_SECURITY": _("It offers no security."),
        "ASSETS_PLEDGED": _("Its main assets are pledged to others."),
        "GUARANTEES_FOR_OTHERS": _("It guarantees debts of others."),
    },
    "BEHAVIOUR": {
        "PAYS_US_ON_TIME": _("It pays us on time."),
        "REFERENCES_GOOD": _("Its other suppliers are paid on time."),
        "NO_HISTORY_WITH_US": _("It has no history with us yet."),
        "PAYS_A_LITTLE_LATE": _("It pays a little late, and steadily so."),
        "PAYS_LATE": _("It pays late, and later than before."),
        "BREAKS_PROMISES": _("It broke promises to pay."),
        "REFERENCES_BAD": _("Its other suppliers wait for their money."),
    },
    "LITIGATION": {
        "NO_ENTRIES": _("No public list names it."),
        "SMALL_CASES": _("There are small cases without weight."),
        "SUED_FOR_PAYMENT": _("It is sued for payment."),
        "ENFORCED": _("Judgments are being enforced against it."),
        "ON_A_LIST": _("A public list names it."),
    },
    "GROUPS": {
        "STANDS_ALONE": _("It stands alone."),
        "PARENT_SUPPORTS": _("Its parent supports it."),
        "PART_OF_A_GROUP": _("It is part of a group."),
        "GUARANTEE_RING": _("It stands in a ring of mutual guarantees."),
        "GROUP_IN_TROUBLE": _("A member of its group is in trouble."),
        "MANY_OWN_DEALINGS": _("Much of its business is with its own group."),
    },
    "VISIT": {
        "ORDERLY": _("The premises were orderly."),
        "PEOPLE_BUSY": _("People were at work."),
        "STOCK_AS_STATED": _("The stock seen fits the books."),
        "NOT_VISITED": _("It was not visited."),
        "QUIET": _("The premises were quiet at working time."),
        "STOCK_MISSING": _("The stock seen does not fit the books."),
        "ADDRESS_WRONG": _("It was not found at its registered address."),
    },
    "RISKS": {
        "SECURED_BY_GUARANTEE": _("A guarantee covers the credit."),
        "INSURED": _("The credit is insured."),
        "SMALL_SHARE_OF_OUR_SALES": _("A loss would be small for us."),
        "FIRST_ORDERS_PREPAID": _("The first orders are to be paid in advance."),
        "SHORTER_TERM": _("A shorter term than usual lessens the risk."),
        "DEPENDS_ON_FEW": _("It depends on few customers or suppliers."),
        "NEW_MARKET": _("It enters a market that it does not know."),
        "CURRENCY_RISK": _("It earns in another currency than it owes."),
    },
}

TEST_LABELS: Words = {
    "LICENCE_VS_REGISTRY": _("The licence agrees with the register"),
    "BALANCE_AND_CASH_TIE": _("The balance sheet balances and the cash flow ties to cash"),
    "PROFIT_TO_RETAINED": _("The profit ties to retained earnings"),
    "REVENUE_VS_VAT": _("The revenue agrees with the VAT returns"),
    "BANK_CREDITS_VS_REVENUE": _("Bank credits agree with the revenue within 20 percent"),
    "PHOTOS_DATE_AND_PLACE": _("Photographs show the right day and place"),
    "SIGNATURE_AND_SEAL": _("Signature and seal agree with the specimen"),
    "CALL_BACK": _("A call to a number found independently was answered"),
}
RESULT_LABELS: Words = {
    "PASS": _("Passed"),
    "FAIL": _("Failed"),
    "NOT_POSSIBLE": _("Not possible"),
}
PROPOSAL_LABELS: Words = {
    "limit": _("Limit"),
    "term": _("Payment term"),
    "security": _("Security"),
    "conditions": _("Conditions"),
    "review_on": _("Next review"),
}


def write_sentences(section: str, options: Sequence[str]) -> str:
    """Return the options of a section as sentences of the reader's language."""
    words = SENTENCES[section]
    return " ".join(str(words[name]) for name in options)


def write_section(section: str, body: Mapping[str, Any]) -> str:
    """Return what a section says: the words that were written, else those of its options."""
    return body.get("text") or write_sentences(section, body.get("options", ()))


def name_gap(kind: str, code: str) -> str:
    """Name something that is missing before an investigation can be confirmed."""
    words = {"section": SECTION_LABELS, "test": TEST_LABELS, "proposal": PROPOSAL_LABELS}[kind]
    return str(words[code])
