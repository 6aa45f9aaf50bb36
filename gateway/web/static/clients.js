// The lists of clients and contacts: keys go through the rows, a click anywhere on a row opens it, ticks are counted.
"use strict";

const links = () => [...document.querySelectorAll("table.clients .name a")];
const boxes = () => [...document.querySelectorAll("table.clients tbody .tick input")];

const count = () => {
  const acts = document.querySelector(".acts");
  if (!acts) return;
  const all = boxes(), chosen = all.filter((box) => box.checked).length;
  acts.hidden = chosen === 0;
  document.getElementById("count").textContent = chosen;
  const every = document.getElementById("choose-all");
  every.hidden = false;
  every.checked = chosen > 0 && chosen === all.length;
  every.indeterminate = chosen > 0 && chosen < all.length;
};

const go = (step) => {
  const all = links(), here = all.indexOf(document.activeElement);
  const next = here < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(here + step, 0), all.length - 1);
  all[next]?.focus();
  all[next]?.closest("tr").scrollIntoView({ block: "nearest" });
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.matches("input:not([type=checkbox]), select, textarea, [contenteditable]")) return;
  const isInside = event.target.closest("table.clients");
  if (event.key === "j" || (isInside && event.key === "ArrowDown")) go(1);
  else if (event.key === "k" || (isInside && event.key === "ArrowUp")) go(-1);
  else if (isInside && event.key === "x") isInside && event.target.closest("tr").querySelector(".tick input")?.click();
  else return;
  event.preventDefault();
});

document.addEventListener("click", (event) => {
  if (event.target.id === "choose-none") {
    boxes().forEach((box) => (box.checked = false));
    count();
    return;
  }
  const row = event.target.closest("table.clients tbody tr");
  if (!row || event.target.closest("a, button, input, label, .tick") || String(getSelection())) return;
  const link = row.querySelector(".name a");
  if (link && (event.ctrlKey || event.metaKey)) window.open(link.href);
  else link?.click();
});

document.addEventListener("change", (event) => {
  if (event.target.id === "choose-all") boxes().forEach((box) => (box.checked = event.target.checked));
  if (event.target.closest("table.clients")) count();
});

// Rows that were asked for come where the link was: the first of them gets its focus.
let shown = 0;
document.addEventListener("htmx:before:request", () => (shown = links().length));
document.addEventListener("htmx:after:swap", () => {
  const all = links();
  if (document.activeElement === document.body && shown && all.length > shown) all[shown].focus();
  count();
});
addEventListener("pageshow", count);
