/* Native dialogs, drawers and menus: open by id, close by button, backdrop or Esc; focus returns by itself. */
(() => {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog-open]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.dialogOpen);
      if (dialog && !dialog.open) {
        event.preventDefault();
        document.querySelectorAll(".pop:popover-open").forEach((pop) => pop.hidePopover());
        dialog.showModal();
      }
      return;
    }
    if (event.target.closest("[data-dialog-close]")) event.target.closest("dialog")?.close();
    else if (event.target.matches("dialog.dlg")) {
      const box = event.target.getBoundingClientRect();
      const inside =
        event.clientX >= box.left && event.clientX <= box.right &&
        event.clientY >= box.top && event.clientY <= box.bottom;
      if (!inside) event.target.close();
    }
    document.querySelectorAll("details.menu-wrap[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector("details.menu-wrap[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  // An answer may bring a dialog that is to be shown at once.
  document.addEventListener("htmx:after:swap", () => {
    document.querySelectorAll("dialog[data-show]").forEach((dialog) => {
      dialog.removeAttribute("data-show");
      if (!dialog.open) dialog.showModal();
    });
  });
})();
