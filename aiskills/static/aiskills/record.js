// The grid by keyboard: digits fill and move on, arrows and Enter move, Escape empties. It is an ordinary form without.
(() => {
  "use strict";

  const form = document.getElementById("recording");
  if (!form) return;
  const rows = [...form.querySelectorAll(".record-grid tbody tr")].map((row) => [...row.querySelectorAll("td input")]);
  const narrow = matchMedia("(max-width: 50rem)");

  // Where a field stands, as [row, column].
  const places = new Map(rows.flatMap((fields, row) => fields.map((field, column) => [field, [row, column]])));
  const go = (row, column) => {
    const field = rows[row]?.[column];
    if (!field) return;
    field.focus();
    field.select();
  };

  // On from a field: down the column and to the top of the next; on a phone, where each person is a list, to the next in it.
  const onFrom = (field) => {
    const [row, column] = places.get(field);
    if (narrow.matches) return column + 1 < rows[row].length ? go(row, column + 1) : go(row + 1, 0);
    return row + 1 < rows.length ? go(row + 1, column) : go(0, column + 1);
  };

  const toTheRight = document.documentElement.dir === "rtl" ? -1 : 1;
  const moves = {
    ArrowUp: ([row, column]) => [row - 1, column],
    ArrowDown: ([row, column]) => [row + 1, column],
    ArrowLeft: ([row, column]) => [row, column - toTheRight],
    ArrowRight: ([row, column]) => [row, column + toTheRight],
    Home: ([row]) => [row, 0],
    End: ([row]) => [row, rows[row].length - 1],
  };

  form.addEventListener("keydown", (event) => {
    const field = event.target;
    if (!places.has(field) || event.isComposing || event.altKey || event.metaKey) return;
    if (event.ctrlKey) {
      if (event.key === "Enter") form.requestSubmit();
      return;
    }
    const move = event.shiftKey ? null : moves[event.key];
    if (move) go(...move(places.get(field)));
    else if (event.key === "Enter" && event.shiftKey) go(...moves.ArrowUp(places.get(field)));
    else if (event.key === "Enter") onFrom(field);
    else if (event.key === "Escape" && field.value) { field.value = ""; changed(); }
    else return;
    event.preventDefault();
  });

  form.addEventListener("focusin", (event) => {
    if (places.has(event.target)) event.target.select();
  });

  form.addEventListener("input", (event) => {
    changed();
    const field = event.target;
    if (places.has(field) && event.inputType === "insertText" && /^[0-4]$/.test(field.value)) onFrom(field);
  });

  // How many levels are typed, and a word of warning before they are lost.
  const count = form.querySelector("[data-count]");
  let typed = 0;
  const changed = () => {
    typed = [...places.keys()].filter((field) => field.value.trim()).length;
    count.hidden = !typed;
    count.textContent = typed === 1 ? count.dataset.one : count.dataset.many.replace("{count}", typed);
  };
  let sending = false;
  form.addEventListener("submit", () => { sending = true; });
  addEventListener("pageshow", () => { sending = false; changed(); });
  addEventListener("beforeunload", (event) => {
    if (typed && !sending) event.preventDefault();
  });
  changed();
})();
