/* Single keys: ? help, / filter, G+letter rooms, J K rows, 1–9 tabs, data-key buttons. Never while typing;
   switched off by a cookie that the help dialog sets. Ctrl Enter sends the form in which one types. */
(() => {
  const isTyping = (target) =>
    target.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
  const isOn = () => document.body.dataset.shortcuts !== "off";
  let waiting = 0;

  const rows = () => [...document.querySelectorAll("[data-row]")].filter((row) => row.offsetParent);
  const move = (step) => {
    const all = rows();
    if (!all.length) return false;
    const at = all.findIndex((row) => row.contains(document.activeElement));
    const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
    (next.matches("a, button, [tabindex]") ? next : next.querySelector("a, button"))?.focus();
    return true;
  };
  const press = (key) => {
    const scope = document.querySelector("dialog[open]") || document;
    const target = scope.querySelector(`[data-key="${CSS.escape(key)}"]`);
    target?.click();
    return Boolean(target);
  };
  const act = (key) => {
    if (waiting && Date.now() - waiting < 1500) {
      waiting = 0;
      const room = document.querySelector(`[data-jump="${CSS.escape(key)}"]`);
      if (room) location.assign(room.href);
      return Boolean(room);
    }
    if (press(key)) return true;
    if (document.querySelector("dialog[open]")) return false;
    if (key === "g") waiting = Date.now();
    else if (key === "?") document.getElementById("shortcuts")?.showModal();
    else if (key === "/") document.querySelector("[data-filter-field], [data-palette-open]")?.focus();
    else if (key === "j") return move(1);
    else if (key === "k") return move(-1);
    else return false;
    return true;
  };

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
      const form = event.target.closest?.("form");
      const button = form?.querySelector("[type=submit]:not([formnovalidate])");
      if (button) form.requestSubmit(button);
      return;
    }
    if (!isOn() || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (isTyping(event.target)) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : "";
    if (key && act(key)) event.preventDefault();
  });

  const box = document.querySelector("[data-shortcuts-switch]");
  if (box) {
    box.checked = isOn();
    box.addEventListener("change", () => {
      document.body.dataset.shortcuts = box.checked ? "on" : "off";
      document.cookie = `shortcuts=${document.body.dataset.shortcuts}; path=/; max-age=31536000; samesite=lax`;
    });
  }
})();
