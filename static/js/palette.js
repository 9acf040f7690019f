/* Ctrl K: one field that finds customers, invoices and pages. Arrows move, Enter goes. */
(() => {
  const dialog = document.getElementById("palette");
  if (!dialog) return;
  const field = dialog.querySelector("input[type=search]");
  const found = document.getElementById("palette-found");
  const rooms = dialog.querySelector("[data-palette-rooms]");
  const visible = () =>
    [...dialog.querySelectorAll("[role=option]")].filter((option) => !option.hidden);

  const mark = (option) => {
    dialog.querySelectorAll("[data-active]").forEach((old) => {
      delete old.dataset.active;
      old.removeAttribute("aria-selected");
    });
    field.removeAttribute("aria-activedescendant");
    if (!option) return;
    option.dataset.active = "";
    option.setAttribute("aria-selected", "true");
    field.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  };
  const filterRooms = () => {
    const words = field.value.trim().toLowerCase();
    rooms.querySelectorAll("[role=option]").forEach((option) => {
      option.hidden = !option.textContent.toLowerCase().includes(words);
    });
    rooms.hidden = !rooms.querySelector("[role=option]:not([hidden])");
    if (!words) found.replaceChildren();
    mark(visible()[0]);
  };
  const open = () => {
    if (dialog.open) return;
    dialog.showModal();
    field.select();
    filterRooms();
  };

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-palette-open]")) open();
  });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open();
    }
  });
  field.addEventListener("input", filterRooms);
  document.addEventListener("htmx:after:swap", () => {
    if (dialog.open) mark(visible()[0]);
  });
  field.addEventListener("keydown", (event) => {
    const options = visible();
    const at = options.findIndex((option) => "active" in option.dataset);
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      mark(options[(at + step + options.length) % options.length]);
    }
  });
  dialog.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    (dialog.querySelector("[data-active]") || visible()[0])?.click();
  });
})();
