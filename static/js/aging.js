/* Aging: which rows are open stays in the address, so that Back and a shared link show the same; print. */
(() => {
  const remember = () => {
    const table = document.querySelector("[data-open-rows]");
    if (!table) return;
    const keys = [...table.querySelectorAll(".expander[aria-expanded=true]")].map((one) => one.dataset.openKey);
    const url = new URL(location.href);
    if (keys.length) url.searchParams.set("open", keys.slice(0, 20).join(","));
    else url.searchParams.delete("open");
    history.replaceState(history.state, "", url);
  };

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) print();
    else if (event.target.closest(".expander[data-open-key]")) setTimeout(remember);
  }, true);
})();
