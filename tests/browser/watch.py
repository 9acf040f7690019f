"""What is seen of a page: errors, forbidden loads, requests elsewhere, its size, its words."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response
from playwright.sync_api import TimeoutError as PlaywrightTimeout

NOTE_VIOLATIONS = """
window.__violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.__violations.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sourceFile || ""}`));
"""
NOTE_FIRST_THEME = """
window.__themes = [];
const note = () => window.__themes.push(document.documentElement?.dataset.bsTheme ?? null);
new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type: "paint", buffered: true });
"""
SHAPE = """() => ({
  wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  h1: document.querySelectorAll("h1").length,
  lang: document.documentElement.lang,
  theme: document.documentElement.dataset.bsTheme,
  title: document.title,
  violations: window.__violations || [],
})"""
FITS = "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"
WIDE_PARTS = """() => {
  const edge = document.documentElement.clientWidth + 1;
  const clipped = (element) => {
    for (let box = element.parentElement; box; box = box.parentElement)
      if (getComputedStyle(box).overflowX !== "visible" && box.getBoundingClientRect().right <= edge) return true;
    return false;
  };
  return [...document.querySelectorAll("body *")]
    .filter((one) => one.getBoundingClientRect().right > edge && !clipped(one))
    .slice(0, 4)
    .map((one) => `${one.tagName.toLowerCase()}.${one.className?.baseVal ?? one.className}`);
}"""
WORDS = """() => {
  const skipped = new Set(["SCRIPT", "STYLE", "NOSCRIPT", "KBD", "TEMPLATE", "TEXTAREA", "CODE"]);
  const found = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    let box = node.parentElement;
    while (box && !skipped.has(box.tagName) && !(box.lang && box !== document.documentElement)) box = box.parentElement;
    const text = node.textContent.trim();
    if (!box && text) found.add(text);
  }
  const said = ["aria-label", "title", "placeholder", "alt", "data-label", "data-announce"];
  for (const element of document.querySelectorAll("body *"))
    for (const name of said) {
      if (element.closest("[lang]") !== document.documentElement) continue;
      const text = element.getAttribute(name)?.trim();
      if (text) found.add(text);
    }
  found.add(document.title);
  for (const data of document.querySelectorAll("script[type='application/json']")) {
    const look = (value) => {
      if (typeof value === "string") { if (!/^[?/]/.test(value)) found.add(value); }
      else if (value && typeof value === "object")
        for (const [key, part] of Object.entries(value))
          if (!["kind", "color", "colors", "stack", "links", "series_links", "icon"].includes(key)) look(part);
    };
    look(JSON.parse(data.textContent));
  }
  return [...found];
}"""


@dataclass
class Watcher:
    """One open page with everything that went wrong on it."""

    page: Page
    address: str
    problems: list[str] = field(default_factory=list)
    allowed_status: frozenset[int] = frozenset()
    loaded: dict[str, int] = field(default_factory=dict)

    def listen(self) -> "Watcher":
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.problems.append(f"script error: {error}"))
        self.page.on("request", self._on_request)
        self.page.on("response", self._on_response)
        return self

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        if "the server responded with a status of" in message.text:
            return  # judged by its status in `_on_response`
        self.problems.append(f"console {message.type}: {message.text[:300]}")

    def _on_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("data", "blob"):
            return
        if f"{parts.scheme}://{parts.netloc}" != self.address:
            self.problems.append(f"asks another host: {request.url}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.allowed_status:
            self.problems.append(f"{response.status} {response.url}")

    def go(self, path: str, status: int = 200) -> dict[str, Any]:
        """Open `path`, expect `status`, and return the page's shape."""
        self.problems.clear()
        self.allowed_status = frozenset({status})
        response = self.page.goto(self.address + path, wait_until="load")
        assert response is not None
        assert response.status == status, f"{response.status} at {path}"
        self.settle()
        return self.shape()

    def settle(self) -> None:
        """Wait until charts in sight are drawn and the font has come."""
        self.page.evaluate("() => document.fonts.ready.then(() => true)")

    def shape(self) -> dict[str, Any]:
        return dict(self.page.evaluate(SHAPE))

    def check(self) -> list[str]:
        """Return everything that went wrong since the page was opened, scripts and policy included."""
        return [*self.problems, *(f"policy: {v}" for v in self.shape()["violations"])]

    def check_width(self, width: int) -> list[str]:
        """Return what makes the page scroll sideways at `width`."""
        self.page.set_viewport_size({"width": width, "height": 900})
        try:  # charts follow a moment later
            self.page.wait_for_function(FITS, timeout=1500)
            return []
        except PlaywrightTimeout:
            over = self.shape()["wide"]
        return [f"{over} px too wide at {width}: {', '.join(self.page.evaluate(WIDE_PARTS))}"]


def prepare(context: BrowserContext) -> BrowserContext:
    """Let every page of the context note violations of the policy from its first moment on."""
    context.add_init_script(NOTE_VIOLATIONS)
    context.set_default_timeout(10_000)
    return context
