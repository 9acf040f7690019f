"""May this order ship? The same check as on the page, from the shell."""

from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from common.amounts import parse_typed_amount
from common.clock import business_today
from common.errors import CreditError
from common.parsing import CellError
from credit_control import texts
from credit_control.models import OrderCheck
from credit_control.selectors import get_company
from credit_control.services import check_order, preview_check
from customers.models import Customer, PaymentTerm


class Command(BaseCommand):
    help = "Checks whether an order may ship on credit; prints reasons and the least change that would pass."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("customer")
        parser.add_argument("amount")
        parser.add_argument("--currency", default="")
        parser.add_argument("--ship-date", type=date.fromisoformat, default=None)
        parser.add_argument("--term", default="", help="code of the payment term")
        parser.add_argument("--order", default="", help="order number; makes the answer repeatable")
        parser.add_argument("--order-version", type=int, default=1)
        parser.add_argument("--company", default="")
        parser.add_argument("--as-of", type=date.fromisoformat, default=None)
        parser.add_argument("--dry-run", action="store_true", help="store and reserve nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        as_of = options["as_of"] or business_today()
        customer = Customer.objects.filter(code=options["customer"].upper()).first()
        if customer is None:
            raise CommandError(_("There is no customer %(code)s.") % {"code": options["customer"]})
        company = get_company(options["company"])
        currency = (options["currency"] or company.base_currency).upper()
        asked = {
            "customer": customer,
            "company": company,
            "order_no": options["order"],
            "order_version": options["order_version"],
            "currency": currency,
            "ship_date": options["ship_date"] or as_of + timedelta(days=3),
            "payment_term": self._find_term(options["term"]),
            "as_of": as_of,
            "actor": None,
        }
        try:
            asked["amount"] = parse_typed_amount(options["amount"], currency)
            check = preview_check(**asked) if options["dry_run"] else check_order(**asked)
        except CellError as error:
            raise CommandError(
                _("“%(amount)s” is not an amount.") % {"amount": options["amount"]}
            ) from error
        except CreditError as error:
            raise CommandError(str(error) or error.code) from error
        self._print(check, dry_run=options["dry_run"])

    def _find_term(self, code: str) -> PaymentTerm | None:
        if not code:
            return None
        term = PaymentTerm.objects.filter(code=code.upper()).first()
        if term is None:
            raise CommandError(_("There is no payment term %(code)s.") % {"code": code})
        return term

    def _print(self, check: OrderCheck, *, dry_run: bool) -> None:
        currency = check.limit.get("currency") or check.currency
        out = self.stdout.write
        out(f"{check.decision}  {texts.decision_text(check.decision, check.shortfall, currency)}")
        if check.limit:
            out(
                _("Limit %(limit)s, exposure %(gross)s, headroom %(headroom)s %(currency)s")
                % {
                    "limit": check.limit["total"],
                    "gross": check.exposure["gross"],
                    "headroom": check.limit["headroom"],
                    "currency": currency,
                }
            )
        for line in texts.rule_lines(check.rules, currency):
            out(f"  {line.result.upper():<5} {line.code:<9} {line.note}")
        if check.remedies:
            out(_("It would pass if one of these happens:"))
            for text in texts.remedy_lines(check.remedies, currency):
                out(f"  - {text}")
        held = getattr(check, "reservation", None)
        if held is not None:
            out(
                _("Reserved: %(amount)s %(currency)s")
                % {"amount": held.amount, "currency": held.currency}
            )
        elif dry_run:
            out(_("Dry run: nothing was stored."))
