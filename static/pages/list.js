// Keys of the list of bugs. The page does all of it without them.
"use strict";

const links = [...document.querySelectorAll(".bugs .title")];
const keys = document.getElementById("keys");

function move(by) {
  if (!links.length) return;
  const now = links.indexOf(document.activeElement);
  const next = now < 0 ? (by > 0 ? 0 : links.length - 1) : now + by;
  links[Math.max(0, Math.min(links.length - 1, next))].focus();
}

const actions = {
  j: () => move(1),
  k: () => move(-1),
  "?": () => keys.showModal(),
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, select, textarea, dialog");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !actions[event.key]) return;
  event.preventDefault();
  actions[event.key]();
});

const button = document.querySelector("[data-keys]");
button.addEventListener("click", () => keys.showModal());
keys.querySelector("[data-close]").addEventListener("click", () => keys.close());
