/* Sums beneath the columns of a draft, as they are typed. The server checks them when it saves. */
(() => {
  const read = (text) => {
    const plain = text.normalize("NFKC").replace(/[\s,，]/g, "").replace("−", "-");
    return plain === "" || Number.isNaN(Number(plain)) ? 0 : Number(plain);
  };
  const add = (key) => {
    const output = document.querySelector(`output[data-sum-of="${CSS.escape(key)}"]`);
    if (!output) return;
    const fields = document.querySelectorAll(`input[data-sum="${CSS.escape(key)}"]`);
    const total = [...fields].reduce((sum, field) => sum + read(field.value), 0);
    const rounded = Math.round(total * 1e6) / 1e6;
    output.textContent = rounded.toLocaleString("en", { maximumFractionDigits: 6 });
    output.classList.toggle("t-bad", rounded !== 100);
  };
  document.addEventListener("input", (event) => {
    const key = event.target.dataset ? event.target.dataset.sum : "";
    if (key) add(key);
  });
})();
