/* Forms: focus on what is wrong, one submission at a time, a warning before typed work is lost,
   and the parsed value beside an amount ("3000万" or "30m" is 30,000,000). The server decides. */
(() => {
  const steps = { k: 1e3, m: 1e6, b: 1e9, 千: 1e3, 万: 1e4, 百万: 1e6, 千万: 1e7, 亿: 1e8 };
  const parse = (text) => {
    const plain = text.normalize("NFKC").replace(/[\s,'¥$€元]/g, "").toLowerCase();
    const match = /^(-?\d+(?:\.\d+)?)(k|m|b|千万|百万|千|万|亿)?$/.exec(plain);
    return match ? Number(match[1]) * (steps[match[2]] || 1) : null;
  };
  const echo = (input) => {
    let note = document.getElementById(`${input.id}-parsed`);
    if (!note) {
      note = document.createElement("output");
      note.id = `${input.id}-parsed`;
      note.className = "hint tnum";
      note.htmlFor = input.id;
      (input.closest(".amount") || input).after(note);
    }
    const value = parse(input.value);
    const grouped = value === null ? "" : value.toLocaleString("en", { maximumFractionDigits: 3 });
    note.textContent = grouped && grouped !== input.value ? `= ${grouped}` : "";
  };

  const changed = new Set();
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-amount]")) echo(event.target);
    const guarded = event.target.closest("form[data-guard]");
    if (guarded) changed.add(guarded);
  });
  document.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-fill]");
    const input = chip && document.getElementById(chip.dataset.fillTarget);
    if (!input) return;
    input.value = chip.dataset.fill;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.focus();
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    changed.delete(form);
    if (form.method !== "post" || form.matches("[hx-post]")) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
    setTimeout(() => delete form.dataset.sent, 8000);
  });
  window.addEventListener("pageshow", () =>
    document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));
  window.addEventListener("beforeunload", (event) => {
    if ([...changed].some((form) => form.isConnected)) event.preventDefault();
  });

  const focusFirst = () => {
    const summary = document.querySelector("[data-autofocus]");
    if (!summary) return;
    summary.removeAttribute("data-autofocus");
    summary.focus();
  };
  document.addEventListener("htmx:after:swap", focusFirst);
  focusFirst();
})();
