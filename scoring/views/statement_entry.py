"""The grid in which statements are typed: new ones, restatements, and the live check beside it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from common.clock import business_today
from common.errors import InvalidInput, NotFound
from customers.models import Customer
from customers.selectors import get_customer
from scoring.domain.statements.pasting import read_block
from scoring.forms.statement_grid import MAX_PERIODS, StatementGrid, show_cell
from scoring.models import Statement
from scoring.panels.statement_entry import build_entry
from scoring.selectors.statement_entry import check_entry, get_entry_defaults, get_restatement
from scoring.selectors.statements import get_current_version
from scoring.services.statements import SavedStatement, StatementChanged, save_statements
from scoring.views.shared import crumbs
from users.views_support import needs


@require_http_methods(["GET", "POST"])
@needs("statement.enter")
def statement_new(request: HttpRequest, code: str) -> HttpResponse:
    """Type statements of a customer, up to three periods side by side."""
    customer = get_customer(code, user=request.user)
    if request.method != "POST":
        grid = StatementGrid(initial=get_entry_defaults(customer, as_of=business_today()))
        return _render(request, customer, grid)
    grid = StatementGrid(request.POST)
    if _reshape(request, grid):
        return _render(request, customer, grid)
    return _save(request, customer, grid)


@require_http_methods(["GET", "POST"])
@needs("statement.enter")
def statement_restate(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Type a statement again: the new version stands, the old one stays readable."""
    customer = get_customer(code, user=request.user)
    statement = _find_statement(customer, str(pk))
    if statement is None:
        raise NotFound
    initial = get_restatement(statement)
    initial["cells"] = {
        **{f"p0-{name}": show_cell(amount) for name, amount in initial["lines"].items()},
        **{f"p0-o-{name}": show_cell(amount) for name, amount in initial["openings"].items()},
    }
    if request.method != "POST":
        return _render(request, customer, StatementGrid(initial=initial, fixed=True), statement)
    grid = StatementGrid(request.POST, initial=initial, fixed=True)
    if _reshape(request, grid, may_add=False):
        return _render(request, customer, grid, statement)
    return _save(request, customer, grid, statement)


@require_POST
@needs("statement.enter")
def statement_check(request: HttpRequest, code: str) -> HttpResponse:
    """Answer with what the typed figures amount to; nothing is stored."""
    customer = get_customer(code, user=request.user)
    restated = _find_statement(customer, request.GET.get("of", ""))
    grid = StatementGrid(
        request.POST,
        initial=get_restatement(restated) if restated else None,
        fixed=restated is not None,
    )
    grid.is_valid()
    return render(request, "scoring/statement_entry.html#check", {"check": _check(customer, grid)})


@require_POST
@needs("statement.enter")
def statement_paste(request: HttpRequest, code: str) -> HttpResponse:
    """Answer with the cells that a pasted block fills, by name; nothing is stored."""
    get_customer(code, user=request.user)
    grid = StatementGrid(request.POST)
    start, first = _active(request.POST.get("active", ""))
    block = read_block(request.POST.get("paste", ""), start=start, order=grid.order)
    had_opening, grid.cells = grid.has_opening, {}
    placed = grid.fill(block, first)
    return JsonResponse(
        {
            "cells": grid.cells,
            "said": _tell_paste(placed, len(block.cells), block.unknown),
            # The page lacks the columns: it must be drawn again.
            "needs_columns": grid.has_opening and not had_opening,
        }
    )


def _check(customer: Customer, grid: StatementGrid) -> dict[str, Any]:
    """Return what stands beside the grid."""
    return {
        "entries": build_entry(check_entry(customer_id=customer.pk, periods=grid.to_entry())),
        "cells": list(grid.cell_errors.items()),
        "errors": [(t, text) for t, text in grid.errors if t[3:] in grid.cell_errors],
    }


def _find_statement(customer: Customer, pk: str) -> Statement | None:
    if not (pk.isascii() and pk.isdigit() and len(pk) < 19):
        return None
    return Statement.objects.filter(customer=customer, pk=int(pk)).first()


def _reshape(request: HttpRequest, grid: StatementGrid, *, may_add: bool = True) -> bool:
    """Do what a button other than «save» asks: another period, opening balances, a pasted block."""
    action = request.POST.get("step", "save")
    if action == "check":
        return True
    if action == "add" and may_add:
        grid.add_period()
    elif action == "opening":
        grid.has_opening = not grid.has_opening
    elif action == "fill":
        start, first = _active(request.POST.get("active", ""))
        try:
            block = read_block(request.POST.get("paste", ""), start=start, order=grid.order)
        except InvalidInput:
            grid.messages.append(_("More was pasted than a statement has."))
        else:
            placed = grid.fill(block, first)
            messages.info(request, _tell_paste(placed, len(block.cells), block.unknown))
    else:
        return False
    return True


def _active(name: str) -> tuple[str, int]:
    """Return line and period of the cell in which somebody pasted; the first when none is named."""
    parts = name.split("-")
    if len(parts) > 1 and parts[0] in ("p0", "p1", "p2"):
        return parts[-1], int(parts[0][1])
    return "cash_and_bank", 0


def _tell_paste(placed: int, found: int, unknown: tuple[str, ...]) -> str:
    text = ngettext("%(n)d cell filled.", "%(n)d cells filled.", placed) % {"n": placed}
    if unknown:
        text += " " + _("Not recognised: %(labels)s.") % {"labels": ", ".join(unknown[:8])}
    if found > placed:
        text += " " + _("%(n)s figures lie outside the columns shown.") % {"n": found - placed}
    return text


def _save(
    request: HttpRequest,
    customer: Customer,
    grid: StatementGrid,
    statement: Statement | None = None,
) -> HttpResponse:
    saved: list[SavedStatement] = []
    if grid.is_valid():
        try:
            saved = save_statements(
                customer=customer,
                periods=_arguments(request, grid, statement),
                as_of=business_today(),
                actor=request.user,
            )
        except StatementChanged as error:
            if error.params["expected"] == 0:
                grid.header.add_error("reason", str(error))
            else:
                grid.messages.append(str(error))
        except InvalidInput as error:
            grid.place_error(error)
    if not saved:
        return _render(request, customer, grid, statement, status=422)
    _tell_saved(request, saved)
    return HttpResponseRedirect(reverse("customer_statements", args=[customer.code]))


def _arguments(
    request: HttpRequest, grid: StatementGrid, statement: Statement | None
) -> list[dict[str, Any]]:
    periods = grid.to_statements()
    for period in periods:
        if statement is not None:
            period["expected_version"] = statement.version
            period["source"] = statement.source
        elif not period["reason"].strip():
            period["expected_version"] = 0
        period["received_on"] = period["received_on"] or business_today()
    return periods


def _tell_saved(request: HttpRequest, saved: list[SavedStatement]) -> None:
    doubtful = [one for one in saved if one.statement.doubtful]
    if all(one.outcome == "UNCHANGED" for one in saved):
        messages.info(request, _("Nothing has changed: the same figures stand already."))
    elif doubtful:
        messages.warning(
            request,
            _("Saved as doubtful: it does not add up, and counts only once somebody accepts it."),
        )
    else:
        messages.success(
            request,
            ngettext("%(n)d statement saved.", "%(n)d statements saved.", len(saved))
            % {"n": len(saved)},
        )


def _render(
    request: HttpRequest,
    customer: Customer,
    grid: StatementGrid,
    statement: Statement | None = None,
    status: int = 200,
) -> HttpResponse:
    if grid.is_bound and status == 200:
        grid.is_valid()
    else:
        grid.read_cells()
    stands = (
        get_current_version(
            customer.pk,
            statement.period_end,
            kind=statement.kind,
            consolidated=statement.consolidated,
        )
        if statement is not None
        else None
    )
    context = {
        "customer": customer,
        "crumbs": [
            *crumbs(customer),
            (_("Statements"), reverse("customer_statements", args=[customer.code])),
        ],
        "grid": grid,
        "sections": grid.sections(),
        "columns": grid.periods * (2 if grid.has_opening else 1),
        "show_errors": status != 200 or bool(grid.messages),
        "statement": statement,
        "is_old": stands is not None and statement is not None and stands.pk != statement.pk,
        "may_add": statement is None and grid.size < MAX_PERIODS,
        "check": _check(customer, grid),
        "check_url": reverse("statement_check", args=[customer.code])
        + (f"?of={statement.pk}" if statement else ""),
        "paste_url": reverse("statement_paste", args=[customer.code]),
        "cancel_url": reverse("customer_statements", args=[customer.code]),
    }
    return render(request, "scoring/statement_entry.html", context, status=status)
