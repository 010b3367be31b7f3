// What every page has: the day slider, and the panel that opens beside a figure. Everything works without it.
(() => {
  "use strict";

  const DAY = 24 * 60 * 60 * 1000;

  // The slider writes its day into the field beside it; letting go asks for the page of that day.
  const showSliders = (root) => {
    for (const slider of root.querySelectorAll("input.slider[hidden]")) slider.hidden = false;
  };
  document.addEventListener("input", (event) => {
    const slider = event.target.closest("input.slider");
    if (!slider) return;
    const day = new Date(Date.parse(slider.dataset.today) + slider.valueAsNumber * DAY);
    slider.form.elements.as_of.value = day.toISOString().slice(0, 10);
  });
  document.addEventListener("change", (event) => {
    if (event.target.closest("input.slider")) event.target.form.requestSubmit();
  });

  // A link marked data-panel opens in the panel; with a modifier key it stays an ordinary link.
  const panel = document.getElementById("panel");
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-panel]");
    const ordinary = event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
    if (!link || ordinary) return;
    event.preventDefault();
    htmx.ajax("GET", link.href, { target: "#panel", swap: "innerHTML", source: panel })
      .catch(() => { location.href = link.href; });
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target === panel && !panel.open) panel.showModal();
  });
  // Where the panel cannot be filled, the page says why.
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.target === panel) location.href = event.detail.pathInfo.requestPath;
  });
  panel.addEventListener("click", (event) => {
    if (event.target === panel || event.target.closest("[data-close]")) panel.close();
  });

  document.addEventListener("htmx:load", (event) => showSliders(event.detail.elt));
  showSliders(document);
})();
