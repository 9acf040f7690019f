/* Rows that open in place, and rows that are ticked.
   An expander is a link (true href) with aria-expanded and aria-controls="ids of rows"; the first time htmx
   brings the rows, later it only shows or hides them, so that nothing is doubled. */
(() => {
  const controlled = (expander) =>
    (expander.getAttribute("aria-controls") || "")
      .split(/\s+/)
      .flatMap((id) => [...document.querySelectorAll(`[data-parent="${CSS.escape(id)}"]`)]);
  const set = (expander, open) => {
    expander.setAttribute("aria-expanded", String(open));
    expander.closest("tr")?.classList.toggle("is-open", open);
    controlled(expander).forEach((row) => {
      row.hidden = !open;
    });
  };

  document.addEventListener("click", (event) => {
    const expander = event.target.closest(".expander");
    if (!expander || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const open = expander.getAttribute("aria-expanded") === "true";
    if (controlled(expander).length) {
      event.preventDefault();
      event.stopImmediatePropagation();
      set(expander, !open);
    } else if (expander.matches("button, [hx-get]")) {
      expander.setAttribute("aria-expanded", "true");
      expander.closest("tr")?.classList.add("is-open");
    }
  }, true);
  document.addEventListener("keydown", (event) => {
    const row = event.target.closest?.("[data-row]");
    if (!row || event.target.matches("input, textarea, select")) return;
    const expander = row.querySelector(".expander");
    if (!expander || !["ArrowRight", "ArrowLeft"].includes(event.key)) return;
    const open = expander.getAttribute("aria-expanded") === "true";
    if (open === (event.key === "ArrowLeft")) expander.click();
  });

  const countTicks = (table) => {
    const ticks = [...table.querySelectorAll("[data-tick]")];
    const on = ticks.filter((tick) => tick.checked).length;
    const head = table.querySelector("[data-tick-all]");
    if (head) {
      head.checked = on > 0 && on === ticks.length;
      head.indeterminate = on > 0 && on < ticks.length;
    }
    const bar = document.querySelector("[data-bulk]");
    if (!bar) return;
    bar.hidden = on === 0;
    bar.querySelector("[data-bulk-count]").textContent = String(on);
  };
  document.addEventListener("change", (event) => {
    const table = event.target.closest?.("table");
    if (!table || !event.target.matches("[data-tick], [data-tick-all]")) return;
    if (event.target.matches("[data-tick-all]")) {
      table.querySelectorAll("[data-tick]").forEach((tick) => {
        tick.checked = event.target.checked;
      });
    }
    countTicks(table);
  });
})();
