"""How much a first visit costs: bytes over the wire as production sends them, and layout shift."""

from typing import Any

import pytest

from tests.browser.conftest import House
from tests.browser.house import speak_to
from tests.browser.places import FULL, Place

pytestmark = pytest.mark.browser
ORDINARY, WITH_CHART = 160_000, 370_000
SHIFT = 0.02
KINDS = (
    "login", "overview", "inbox_approvals", "customers", "customer", "aging_expanded", "rating",
    "limit_request_new", "dunning_run", "receipt_known", "import_report",
)  # fmt: skip
NOTE_SHIFT = """
window.shift = 0;
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) window.shift += one.value;
}).observe({ type: "layout-shift", buffered: true });
"""


@pytest.mark.parametrize(
    "place", [place for place in FULL if place.name in KINDS], ids=lambda place: place.name
)
def test_first_visit_stays_within_its_budget(house: House, place: Place) -> None:
    with speak_to(house.database):
        path = place.find()
    seen = house.open(place.role, fresh=True)
    seen.page.add_init_script(NOTE_SHIFT)
    wire = seen.page.context.new_cdp_session(seen.page)
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    sizes: dict[str, float] = {}
    names: dict[str, str] = {}

    def note_name(event: dict[str, Any]) -> None:
        names[event["requestId"]] = event["response"]["url"]

    def note_size(event: dict[str, Any]) -> None:
        sizes[event["requestId"]] = event["encodedDataLength"]

    wire.on("Network.responseReceived", note_name)
    wire.on("Network.loadingFinished", note_size)
    seen.go(path, place.status)
    seen.page.wait_for_load_state("networkidle")
    shift = seen.page.evaluate("() => window.shift")
    listed = sorted(((size, names[key]) for key, size in sizes.items()), reverse=True)
    total = sum(size for size, _name in listed)
    seen.page.context.close()
    assert len(listed) >= 8
    assert total <= (WITH_CHART if place.has_chart else ORDINARY), listed
    assert shift <= SHIFT
