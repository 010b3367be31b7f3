// The matrix by keyboard: one stop of the Tab key, arrows between the cells, marks that follow what is typed, blocks
// pasted from a spreadsheet, and a warning before anything is lost. Without this file it is an ordinary form.
(() => {
  "use strict";

  const form = document.getElementById("matrix-editor");
  if (!form) return;
  const CELL = /^([0-4])(?:\s*[xX×*]\s*([1-3]))?$/;
  const KINDS = ["added", "raised", "lowered", "removed", "weighed"];
  const rows = [...form.querySelectorAll("tr:not(.group)")].map((row) => [...row.querySelectorAll("td input")]).filter((row) => row.length);
  const places = new Map(rows.flatMap((fields, row) => fields.map((field, column) => [field, [row, column]])));
  const fields = [...places.keys()];
  for (const words of document.querySelectorAll(".mx-script")) words.hidden = false;

  // A requirement as [level, weight]; null for none, undefined for what cannot be read.
  const read = (text) => {
    const typed = text.trim();
    if (!typed) return null;
    const found = CELL.exec(typed);
    if (!found) return undefined;
    return found[1] === "0" ? null : [Number(found[1]), Number(found[2] || 1)];
  };
  const written = (asked) => (asked ? (asked[1] > 1 ? `${asked[0]}×${asked[1]}` : String(asked[0])) : "");
  const same = (one, other) => written(one) === written(other);

  const kindOf = (before, after) => {
    if (same(before, after)) return "";
    if (!before) return "added";
    if (!after) return "removed";
    if (before[0] === after[0]) return "weighed";
    return after[0] > before[0] ? "raised" : "lowered";
  };

  // What is stored: what the field was filled with, unless it says otherwise.
  const stored = (field) => read(field.dataset.stored ?? field.defaultValue);
  const isUnsaved = (field) => {
    const asked = read(field.value);
    return asked === undefined || !same(asked, stored(field));
  };
  const unsaved = new Set();

  const mark = (field) => {
    const cell = field.parentElement;
    const asked = read(field.value);
    const before = read(field.dataset.was || "");
    cell.classList.remove("wrong", "nothing", "l1", "l2", "l3", "l4", ...KINDS);
    cell.classList.add(asked === undefined ? "wrong" : asked ? `l${asked[0]}` : "nothing");
    // In the first version everything is new, which says nothing.
    const kind = asked === undefined || "first" in form.dataset ? "" : kindOf(before, asked);
    if (kind) cell.classList.add(kind);
    if (kind) field.title = form.dataset.was.replace("{requirement}", written(before) || form.dataset.nothing);
    else field.removeAttribute("title");
    if (asked === undefined) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
    const open = isUnsaved(field);
    cell.classList.toggle("unsaved", open);
    if (open) unsaved.add(field);
    else unsaved.delete(field);
  };

  const count = form.querySelector(".mx-count");
  const tell = () => {
    const many = unsaved.size;
    count.textContent = many === 0 ? "" : many === 1 ? form.dataset.one : form.dataset.many.replace("{count}", many);
  };
  const set = (field, text) => {
    field.value = text;
    mark(field);
  };

  // Where one is: the names of row and column light up, and stand in full beside the button.
  const where = form.querySelector(".mx-where");
  const headers = (field) => field.getAttribute("aria-labelledby").split(" ").map((id) => document.getElementById(id));
  let lit = [];
  const arriveAt = (field) => {
    for (const header of lit) header.classList.remove("here");
    lit = headers(field);
    for (const header of lit) header.classList.add("here");
    where.textContent = `${lit[0].querySelector(".name").textContent} · ${lit[1].textContent}`;
    for (const other of fields) if (other.tabIndex === 0) other.tabIndex = -1;
    field.tabIndex = 0;
  };
  const go = (row, column) => {
    const field = rows[row]?.[column];
    if (!field) return;
    field.focus();
    field.select();
  };

  const toTheRight = document.documentElement.dir === "rtl" ? -1 : 1;
  const moves = {
    ArrowUp: ([row, column]) => [row - 1, column],
    ArrowDown: ([row, column]) => [row + 1, column],
    ArrowLeft: ([row, column]) => [row, column - toTheRight],
    ArrowRight: ([row, column]) => [row, column + toTheRight],
    Home: ([row]) => [row, 0],
    End: ([row]) => [row, rows[row].length - 1],
    Enter: ([row, column]) => [row + 1, column],
  };

  const heavier = (field) => {
    const asked = read(field.value);
    if (asked) set(field, written([asked[0], (asked[1] % 3) + 1]));
    field.select();
  };

  form.addEventListener("keydown", (event) => {
    const field = event.target;
    if ((event.ctrlKey || event.metaKey) && event.key === "s") {
      event.preventDefault();
      form.requestSubmit();
      return;
    }
    if (!places.has(field) || event.isComposing || event.altKey || event.metaKey || event.ctrlKey) return;
    if (event.key === "Enter" && event.shiftKey) go(...moves.ArrowUp(places.get(field)));
    else if (moves[event.key] && !event.shiftKey) go(...moves[event.key](places.get(field)));
    else if (event.key === "w" || event.key === "W") heavier(field);
    else if (event.key === "Escape") { set(field, written(stored(field))); field.select(); }
    else return;
    event.preventDefault();
    tell();
  });

  form.addEventListener("focusin", (event) => {
    if (!places.has(event.target)) return;
    arriveAt(event.target);
    event.target.select();
  });
  form.addEventListener("input", (event) => {
    if (!places.has(event.target)) return;
    mark(event.target);
    tell();
  });
  // What was typed as 3x2 or 3*2 is shown as it is kept.
  form.addEventListener("change", (event) => {
    const asked = places.has(event.target) ? read(event.target.value) : undefined;
    if (asked !== undefined) set(event.target, written(asked));
    tell();
  });

  // A block from a spreadsheet fills the cells to the right and below.
  form.addEventListener("paste", (event) => {
    const from = places.get(event.target);
    const text = event.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n").replace(/\n$/, "");
    if (!from || !/[\t\n]/.test(text)) return;
    event.preventDefault();
    text.split("\n").forEach((line, down) => line.split("\t").forEach((typed, right) => {
      const field = rows[from[0] + down]?.[from[1] + right];
      if (!field) return;
      const asked = read(typed);
      set(field, asked === undefined ? typed.trim() : written(asked));
    }));
    tell();
  });

  let sending = false;
  form.addEventListener("submit", () => { sending = true; });
  addEventListener("pageshow", () => { sending = false; });
  addEventListener("beforeunload", (event) => {
    if (unsaved.size && !sending) event.preventDefault();
  });

  for (const field of fields) {
    field.tabIndex = -1;
    mark(field);
  }
  if (fields.length) fields[0].tabIndex = 0;
  tell();
  const first = form.querySelector("td.wrong input");
  if (first) first.focus();
})();
