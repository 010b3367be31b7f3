// A button that copies the field beside it. Without it, the field can be selected and copied.
(() => {
  "use strict";

  const field = document.querySelector("[data-copied]");
  const button = document.querySelector("[data-copy]");
  if (!field || !button) return;
  field.addEventListener("focus", () => field.select());
  // A browser gives the clipboard to pages that came over HTTPS, or from this machine.
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    field.select();
    await navigator.clipboard.writeText(field.value);
    button.textContent = button.dataset.copy;
  });
})();
