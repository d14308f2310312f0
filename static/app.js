// The copy button. Everything else on the pages works without JavaScript.
"use strict";

document.documentElement.classList.add("js");

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.textContent);
    button.textContent = "Copied";
  } catch {
    // No clipboard outside https and localhost: leave the text selected for Ctrl-C.
    getSelection().selectAllChildren(source);
    button.textContent = "Selected";
  }
});
