/* A page may come with a dialog that is to be shown at once: a form with errors, a shared link. */
document.querySelectorAll("dialog[data-show]").forEach((dialog) => {
  dialog.removeAttribute("data-show");
  if (!dialog.open) dialog.showModal();
});
