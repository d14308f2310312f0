// Arrow keys go from step to step, and what takes time counts on between two polls.
"use strict";

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (event.target.closest("input, textarea, select, [tabindex='0'], audio, video")) return;
  const steps = { ArrowLeft: "step-previous", ArrowRight: "step-next" };
  const link = document.getElementById(steps[event.key]);
  if (!link) return;
  event.preventDefault();
  link.click();
});

function words(seconds) {
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60];
  const [hours, left] = [Math.floor(minutes / 60), minutes % 60];
  const two = (number) => String(number).padStart(2, "0");
  if (!minutes) return `${rest} s`;
  return hours ? `${hours} h ${two(left)} min` : `${minutes} min ${two(rest)} s`;
}

setInterval(() => {
  for (const since of document.querySelectorAll("[data-seconds]")) {
    since.begun ??= Date.now() - 1000 * Number(since.dataset.seconds);
    since.textContent = words(Math.max(0, Math.floor((Date.now() - since.begun) / 1000)));
  }
}, 1000);
