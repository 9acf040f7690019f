/* The grid of statement lines by keyboard: arrows and Enter move, typing replaces, F2 edits, Esc undoes the cell,
   "=" takes the offered sum, PgUp and PgDn go from statement to statement. Without script: plain inputs. */
(() => {
  const form = document.querySelector("form[data-grid]");
  if (!form) return;
  let before = "";
  let editing = false;
  let fresh = false;

  const isCell = (element) => element?.matches?.("input.cell");
  const rows = () => [...form.querySelectorAll("tr[data-line]")].filter((row) => row.offsetParent !== null);
  const cellsOf = (row) => (row ? [...row.querySelectorAll("input.cell")] : []);
  const place = (cell) => {
    const all = rows();
    const row = all.indexOf(cell.closest("tr"));
    return { all, row, column: cellsOf(all[row]).indexOf(cell) };
  };
  const go = (cell) => {
    if (!cell) return;
    cell.focus();
    cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  const move = (cell, down, right) => {
    const { all, row, column } = place(cell);
    const target = cellsOf(all[row + down]);
    go(target[Math.min(Math.max(0, column + right), target.length - 1)]);
  };
  const write = (cell, value) => {
    if (cell.value === value) return;
    cell.value = value;
    cell.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const jump = (cell, step) => {
    const sections = [...form.querySelectorAll(".entry-section")];
    const next = sections[sections.indexOf(cell.closest(".entry-section")) + step];
    if (!next) return;
    next.open = true;
    go(cellsOf(next.querySelector("tr[data-line]"))[Math.max(0, place(cell).column)] || next.querySelector("input.cell"));
  };

  form.addEventListener("focusin", ({ target }) => {
    if (!isCell(target)) return;
    before = target.value;
    editing = false;
    fresh = true;
    form.elements.active.value = target.name;
    target.select();
  });
  form.addEventListener("mouseup", (event) => {
    if (!isCell(event.target)) return;
    if (fresh) event.preventDefault();
    else editing = true; // a second click sets the caret
    fresh = false;
  });

  const keys = {
    ArrowUp: (cell) => move(cell, -1, 0),
    ArrowDown: (cell) => move(cell, 1, 0),
    Enter: (cell, event) => move(cell, event.shiftKey ? -1 : 1, 0),
    PageUp: (cell) => jump(cell, -1),
    PageDown: (cell) => jump(cell, 1),
    F2: (cell) => {
      editing = true;
      cell.setSelectionRange(cell.value.length, cell.value.length);
    },
    Escape: (cell) => {
      editing = false;
      write(cell, before);
      cell.select();
    },
  };
  form.addEventListener("keydown", (event) => {
    const cell = event.target;
    if (!isCell(cell) || event.isComposing || event.altKey) return;
    if (event.ctrlKey || event.metaKey) {
      if (event.key === "Home") go(cellsOf(rows()[0])[0]);
      else if (event.key === "End") go(cellsOf(rows().at(-1))[0]);
      else return;
    } else if (keys[event.key]) {
      keys[event.key](cell, event);
    } else if (!editing && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
      move(cell, 0, event.key === "ArrowLeft" ? -1 : 1);
    } else if (event.key === "=" && cell.placeholder) {
      write(cell, cell.placeholder);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  });
})();
