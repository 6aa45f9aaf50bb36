// Lines of proposals: a service of the price list brings its price. What is wrong is looked at first, and what is half
// written is not left by mistake.
"use strict";

const KNOWN = { unit_price: "price", tax_rate: "tax", description: "description" };
let isTyped = false;

document.addEventListener("change", (event) => {
  const input = event.target.closest("input[list=priced]");
  if (!input) return;
  const found = [...document.getElementById("priced").options].find((one) => one.value === input.value);
  if (!found) return;
  for (const [name, key] of Object.entries(KNOWN)) {
    const other = document.getElementById(input.id.replace(/service$/, name));
    if (other && (!other.value || other.value === "0")) other.value = found.dataset[key];
  }
});

document.addEventListener("input", (event) => { isTyped ||= event.target.closest("#writing") !== null; });
document.addEventListener("submit", (event) => { isTyped = event.submitter?.name === "do"; });
// Where no form comes back, since something does not answer, what is typed stays and its key too: it may be sent again.
document.body.addEventListener("htmx:before:swap", (event) => {
  const { target, text } = event.detail.ctx;
  if (target?.id !== "writing" || text.includes('id="writing"')) return;
  event.preventDefault();
  target.querySelectorAll(":scope > .problem").forEach((one) => one.remove());
  target.insertAdjacentHTML("afterbegin", text);
  target.querySelector(".problem")?.scrollIntoView({ block: "center" });
  isTyped = true;
});
document.body.addEventListener("htmx:after:swap", (event) => {
  const problem = event.detail?.ctx?.target?.id === "writing" && document.querySelector("#writing .problem");
  if (!problem) return;
  problem.scrollIntoView({ block: "center" });
  problem.querySelector("a")?.focus({ preventScroll: true });
});
window.addEventListener("beforeunload", (event) => { if (isTyped) event.preventDefault(); });
