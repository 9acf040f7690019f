/* A thin line while an answer is on its way, words when none comes, a way in when signed out. */
(() => {
  const root = document.documentElement;
  let open = 0;
  const count = (step) => {
    open = Math.max(0, open + step);
    root.classList.toggle("is-busy", open > 0);
  };
  const polls = (event) => /every/.test((event.detail?.ctx?.sourceElement || event.target).getAttribute?.("hx-trigger") || "");
  const tell = (text, tone) =>
    document.dispatchEvent(new CustomEvent("toast", { detail: { text, tone } }));

  document.addEventListener("htmx:before:request", (event) => {
    if (!polls(event)) count(1);
  });
  document.addEventListener("htmx:finally:request", (event) => {
    if (!polls(event)) count(-1);
  });
  document.addEventListener("htmx:error", (event) => {
    if (!polls(event)) tell(document.body.dataset.msgOffline, "error");
  });
  document.addEventListener("htmx:response:error", (event) => {
    const status = event.detail?.ctx?.response?.status;
    if (status === 401) location.assign(`${document.body.dataset.loginUrl}?next=${encodeURIComponent(location.pathname + location.search)}`);
    else if (status >= 500) tell(document.body.dataset.msgFailed, "error");
  });
  // A polite word about what changed: any answer may carry data-announce.
  document.addEventListener("htmx:after:swap", () => {
    const said = document.querySelector("[data-announce]");
    const live = document.getElementById("live");
    if (said && live && live.textContent !== said.dataset.announce) live.textContent = said.dataset.announce;
  });
  window.addEventListener("pageshow", () => count(-open));
})();
