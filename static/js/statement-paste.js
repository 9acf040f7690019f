/* A block pasted into the grid: the server says which figure belongs to which line, by the rule that imports use. */
(() => {
  const form = document.querySelector("form[data-grid]");
  if (!form) return;
  const tell = (text, tone) => {
    document.dispatchEvent(new CustomEvent("toast", { detail: { text, tone } }));
  };

  const fill = (answer) => {
    let count = 0;
    for (const [name, value] of Object.entries(answer.cells)) {
      const cell = form.elements[name];
      if (!cell) continue;
      cell.value = value;
      count += 1;
    }
    tell(answer.said, "info");
    if (count) form.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const ask = async (text) => {
    const body = new FormData();
    for (const name of ["csrfmiddlewaretoken", "periods", "layout", "has_opening", "active"])
      body.append(name, form.elements[name].value);
    body.append("paste", text);
    const answer = await fetch(form.dataset.pasteUrl, {
      method: "POST",
      body,
      headers: { Accept: "application/json" },
    });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  };

  form.addEventListener("paste", async (event) => {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!event.target.matches("input.cell") || !/[\t\n\r]/.test(text.replace(/[\r\n]+$/, ""))) return;
    event.preventDefault();
    try {
      const answer = await ask(text);
      if (answer.needs_columns) {
        // Opening balances have no column yet: the whole page is drawn again with it, nothing typed is lost.
        form.elements.paste.value = text;
        form.querySelector("button[name=step][value=fill]").click();
      } else {
        fill(answer);
      }
    } catch {
      tell(document.body.dataset.msgFailed, "error");
    }
  });
})();
