/* A chip of the limit form fills the amount in place; without script it is a link that does the same. */
(() => {
  document.addEventListener("click", (event) => {
    if (event.target.closest("a[data-fill]")) event.preventDefault();
  });
})();
