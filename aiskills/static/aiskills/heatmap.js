// The heatmap as one stop of the Tab key, with arrow keys between its cells, and filters that say what they found.
// Without this file every cell is a link of its own, with a link before them that leads past them all.
(() => {
  "use strict";

  const grid = () => document.querySelector("table.heat");

  // A cell is what stands in it, a link; an empty one is itself.
  const target = (cell) => cell.querySelector("a") || cell;
  const cellOf = (element) => element.closest("table.heat :is(td, th)");

  // The cells that can be reached, row by row: the names of the competencies, then each person. Family names and the
  // corner are headings alone.
  const rows = () => [grid().tHead.rows[1], ...grid().tBodies[0].rows];
  const place = (cell) => {
    const at = rows().indexOf(cell.parentElement);
    // The first row of competencies has no cell for the names of people.
    return at < 0 ? null : { row: at, column: cell.cellIndex + (at === 0 ? 1 : 0) };
  };
  const cellAt = ({ row, column }) => {
    const found = rows()[row];
    return found && found.cells[row === 0 ? column - 1 : column];
  };

  const prepare = () => {
    const table = grid();
    if (!table || table.getAttribute("role") === "grid") return;
    table.setAttribute("role", "grid");
    for (const link of table.querySelectorAll("a")) link.tabIndex = -1;
    target(cellAt({ row: 1, column: 1 })).tabIndex = 0;
  };

  const stopAt = (cell) => {
    for (const before of grid().querySelectorAll('[tabindex="0"]')) before.tabIndex = -1;
    target(cell).tabIndex = 0;
  };
  const goTo = (cell) => {
    stopAt(cell);
    target(cell).focus();
    // The whole frame into the window, so that the names above the cells are seen.
    grid().parentElement.scrollIntoView({ block: "nearest" });
  };

  const MOVES = {
    ArrowLeft: ({ row, column }) => ({ row, column: column - 1 }),
    ArrowRight: ({ row, column }) => ({ row, column: column + 1 }),
    ArrowUp: ({ row, column }) => ({ row: row - 1, column }),
    ArrowDown: ({ row, column }) => ({ row: row + 1, column }),
    Home: ({ row }) => ({ row, column: row === 0 ? 1 : 0 }),
    End: ({ row }) => ({ row, column: rows()[row].cells.length - (row === 0 ? 0 : 1) }),
  };
  document.addEventListener("keydown", (event) => {
    const cell = cellOf(event.target);
    const move = MOVES[event.key];
    if (!cell || !move || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const from = place(cell);
    if (!from) return;
    event.preventDefault();
    const mirrored = { ArrowLeft: "ArrowRight", ArrowRight: "ArrowLeft" };
    const key = getComputedStyle(grid()).direction === "rtl" ? mirrored[event.key] || event.key : event.key;
    const to = cellAt(MOVES[key](from));
    if (to) goTo(to);
  });
  document.addEventListener("focusin", (event) => {
    const cell = cellOf(event.target);
    if (cell && place(cell)) stopAt(cell);
  });

  // What a cell says to a screen reader, a pointer that rests on it shows.
  document.addEventListener("mouseover", (event) => {
    const link = event.target.closest(".heat td a");
    if (link && !link.title) link.title = link.getAttribute("aria-label");
  });

  // From the panel back to the cell that opened it, also where a click on a link gives it no focus.
  let opened = null;
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-panel]");
    if (link) opened = link;
  });
  document.getElementById("panel").addEventListener("close", () => {
    if (opened && opened.isConnected) opened.focus();
    opened = null;
  });

  // Filters: only those that are set stand in the address, and what they found is said.
  document.addEventListener("htmx:configRequest", (event) => {
    if (!event.target.matches("form.filters")) return;
    for (const [name, value] of [...event.detail.formData]) {
      if (!value) event.detail.formData.delete(name);
    }
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    prepare();
    const said = document.getElementById("said");
    const words = document.querySelector("[data-said]");
    if (said && words && event.target.matches("#heatmap, #cells")) said.textContent = words.textContent;
  });
  prepare();
})();
