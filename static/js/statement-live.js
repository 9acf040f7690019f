/* What the live check found, shown in the grid itself: cells that cannot be read, sums offered for empty totals.
   Only marks and placeholders change: what is typed, the focus and the caret stay as they are. */
(() => {
  const form = document.querySelector("form[data-grid]");
  if (!form) return;

  const show = () => {
    const panel = document.getElementById("entry-check");
    if (!panel) return;
    const wrong = new Map([...panel.querySelectorAll("[data-wrong]")].map((one) => [one.dataset.wrong, one.dataset.why]));
    form.querySelectorAll("input.cell").forEach((cell) => {
      const why = wrong.get(cell.name);
      cell.toggleAttribute("aria-invalid", false);
      cell.removeAttribute("title");
      cell.removeAttribute("placeholder");
      if (why) {
        cell.setAttribute("aria-invalid", "true");
        cell.title = why;
      }
    });
    panel.querySelectorAll("[data-total]").forEach((total) => {
      const cell = form.elements[total.dataset.total];
      if (cell) cell.placeholder = total.dataset.value;
    });
  };
  const section = () => {
    const goal = document.getElementById(location.hash.slice(1));
    const closed = goal?.closest("details:not([open])");
    if (closed) closed.open = true;
    if (goal?.matches("input.cell")) goal.focus();
  };

  document.addEventListener("htmx:after:swap", show);
  window.addEventListener("hashchange", section);
  show();
})();
