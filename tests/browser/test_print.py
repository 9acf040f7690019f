"""Pages on paper: the head on every sheet, the total once, nothing of the frame, Chinese readable."""

import unicodedata
from collections.abc import Callable

import pytest
from django.urls import reverse

from customers.models import Customer, Document, Investigation
from receivables.models import DueLine
from tests.browser.pdf import read_sheets
from tests.browser.places import busiest_customer
from tests.browser.watch import Watcher
from tests.collection.pdftext import read_text

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("books")]
Visit = Callable[..., Watcher]


def print_aging(visit: Visit, lang: str) -> list[str]:
    """Print the aging with enough open rows for several sheets."""
    owing = DueLine.objects.filter(open_amount__gt=0).values("invoice__customer")
    codes = Customer.objects.filter(pk__in=owing).order_by("code").values_list("code", flat=True)
    seen = visit("finance", lang=lang, theme="dark")
    seen.go(reverse("aging") + "?open=" + ",".join(codes[:20]))
    assert seen.page.locator("tr.child").count() > 40
    return read_sheets(seen.page.pdf(prefer_css_page_size=True, print_background=False))


def squeeze(text: str) -> str:
    """Return the text without spaces; print fonts name some characters by their radicals."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def test_english(visit: Visit) -> None:
    sheets = [squeeze(sheet) for sheet in print_aging(visit, "en")]
    assert len(sheets) >= 3
    with_head = [sheet for sheet in sheets if "Notdue" in sheet and "Overdue%" in sheet]
    with_rows = [sheet for sheet in sheets if "INV-" in sheet]
    assert len(with_rows) >= 3
    assert with_head[: len(with_rows)] == with_rows  # the table starts on the first sheet
    assert sum(sheet.count("Total,") for sheet in sheets) == 1
    assert "Total," in with_rows[-1]
    whole = "".join(sheets)
    for word in ("Searchcustomers", "Credit limits", "Signout", "Export", "Filtercustomers"):
        assert squeeze(word) not in whole, word
    assert "JingChen" in whole  # who printed it


def test_chinese_glyphs_are_there(visit: Visit) -> None:
    sheets = print_aging(visit, "zh-hans")
    assert len(sheets) >= 3
    assert "示例" in squeeze(sheets[0])


def print_page(visit: Visit, role: str, path: str, lang: str) -> str:
    """Print a page of a customer and return its sheets as one text without spaces."""
    seen = visit(role, lang=lang, theme="dark")
    seen.go(path)
    sheets = read_sheets(seen.page.pdf(prefer_css_page_size=True, print_background=False))
    assert 1 <= len(sheets) <= 12
    return squeeze("".join(sheets))


@pytest.mark.parametrize("lang", ["en", "zh-hans"])
def test_a_dossier_is_printed_whole_and_without_the_frame(visit: Visit, lang: str) -> None:
    customer = busiest_customer()
    whole = print_page(
        visit, "analyst", reverse("customer", args=[customer.code]) + "?tab=dossier", lang
    )
    assert squeeze(customer.code) in whole
    assert "D01" in whole
    assert "D20" in whole
    for paper in Document.objects.filter(customer=customer, state="VERIFIED")[:3]:
        assert squeeze(paper.title) in whole
    for word in ("Searchcustomers", "Signout", "搜索客户", "退出"):
        assert word not in whole


@pytest.mark.parametrize("lang", ["en", "zh-hans"])
def test_the_reports_of_a_rating_and_of_an_investigation_are_read_in_both_languages(
    visit: Visit, lang: str
) -> None:
    customer = Investigation.objects.filter(state="CONFIRMED").earliest("pk").customer
    report = Investigation.objects.get(customer=customer, state="CONFIRMED")
    seen = visit("analyst", lang=lang)
    for path in (
        reverse("rating_pdf", args=[customer.code]),
        reverse("investigation_report", args=[customer.code, report.pk]),
    ):
        answer = seen.page.request.get(seen.address + path)
        assert answer.status == 200
        assert answer.headers["content-type"] == "application/pdf"
        whole = squeeze(read_text(answer.body()))
        assert customer.code in whole
        assert ("示例" in whole) or lang == "en"
