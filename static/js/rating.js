/* The questionnaires of a rating: shows how many of a part's questions are answered, opens what an error link points
   into, and lets Ctrl S press the button that proposes. */
(() => {
  const form = document.querySelector("[data-live-form]");
  if (!form) return;

  const count = (part) => {
    const answered = [...part.querySelectorAll("input[type=radio]:checked")].filter((one) => one.value !== "UNK");
    const caption = part.querySelector("summary .t-caption");
    if (caption) caption.textContent = caption.textContent.replace(/\d+/, String(answered.length));
  };
  form.addEventListener("change", ({ target }) => {
    const part = target.closest(".c-part");
    if (part) count(part);
  });

  // Without a comment the worst answer and "not applicable" cannot be saved: show where it goes.
  form.addEventListener("change", ({ target }) => {
    if (target.type !== "radio" || !["1", "NA"].includes(target.value)) return;
    target.closest(".question")?.querySelector(".q-more")?.setAttribute("open", "");
  });

  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "s") return;
    const button = document.querySelector("[data-save-key]");
    if (!button) return;
    event.preventDefault();
    button.click();
  });

  const reveal = () => {
    const goal = document.getElementById(location.hash.slice(1));
    for (let box = goal?.closest("details"); box; box = box.parentElement?.closest("details")) box.open = true;
    goal?.scrollIntoView({ block: "center" });
  };
  window.addEventListener("hashchange", reveal);
  form.querySelectorAll(".field-error").forEach((error) => {
    const part = error.closest(".c-part");
    if (part) part.open = true;
  });
  reveal();
})();
