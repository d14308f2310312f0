// What every page has: the copy button, the key of the search, one answer to a form. Everything
// else works without JavaScript, and so do they but for the button.
"use strict";

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

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") closeMenu();
  if (event.key !== "/" || event.target.closest("input, select, textarea, dialog")) return;
  event.preventDefault();
  document.querySelector("[role=search] input[type=search]")?.select();
});

// A menu closes when somebody goes on elsewhere.
document.addEventListener("click", (event) => {
  if (!event.target.closest(".menu")) closeMenu();
});

function closeMenu() {
  document.querySelector(".menu[open]")?.removeAttribute("open");
}

// A second click on a button that takes a while must not file a second bug.
const sent = new WeakSet();
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  if (sent.has(event.target)) event.preventDefault();
  sent.add(event.target);
});
// Whoever changes something, or comes back to the page by the browser's history, may send it again.
document.addEventListener("input", (event) => sent.delete(event.target.form));
addEventListener("pageshow", (event) => {
  if (event.persisted) for (const form of document.forms) sent.delete(form);
});
