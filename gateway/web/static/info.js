// The Info tab and a contact's page: forms get the focus, Esc puts them away, a chosen
// picture is sent at once, messages go by themselves.
"use strict";

const SHOWN_MS = 6000;

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented) return;
  const cancel = event.target.closest?.("form")?.querySelector("[data-cancels]");
  if (cancel) {
    event.preventDefault();
    cancel.click();
  }
});

// A chosen picture is shown in a square, to be moved by keys or dragged; what it shows is cut out by the server.
const cropping = document.getElementById("crop");
let picture, sends;
const square = () => {
  const { zoom, across, down } = cropping.querySelector("form").elements;
  const size = Math.max(1, Math.floor(Math.min(picture.width, picture.height) / zoom.value));
  return { x: Math.round((picture.width - size) * across.value), y: Math.round((picture.height - size) * down.value), size };
};
const show_square = () => {
  const canvas = cropping.querySelector("canvas");
  const { x, y, size } = square();
  canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
  canvas.getContext("2d").drawImage(picture, x, y, size, size, 0, 0, canvas.width, canvas.height);
};
document.addEventListener("change", async (event) => {
  const form = event.target.closest("form[data-crops]");
  if (!form || event.target.type !== "file" || !event.target.files.length) return;
  sends = form;
  picture = await createImageBitmap(event.target.files[0]).catch(() => null);
  if (!picture || !cropping) return form.requestSubmit(); // no picture: the server says so
  cropping.querySelector("form").reset();
  show_square();
  cropping.returnValue = "";
  cropping.showModal();
});
if (cropping) {
  const canvas = cropping.querySelector("canvas");
  const { across, down } = cropping.querySelector("form").elements;
  cropping.addEventListener("input", show_square);
  canvas.addEventListener("pointerdown", (event) => canvas.setPointerCapture(event.pointerId));
  canvas.addEventListener("pointermove", (event) => {
    if (!canvas.hasPointerCapture(event.pointerId)) return;
    const { size } = square();
    const scale = size / canvas.clientWidth;
    across.value = Number(across.value) - (event.movementX * scale) / Math.max(1, picture.width - size);
    down.value = Number(down.value) - (event.movementY * scale) / Math.max(1, picture.height - size);
    show_square();
  });
  cropping.addEventListener("close", () => {
    if (cropping.returnValue === "take") {
      for (const [name, value] of Object.entries(square())) sends.elements[name].value = value;
      sends.requestSubmit();
    } else sends.reset();
    picture.close();
  });
}

// A part that turned into a form is ready to be typed into.
document.addEventListener("htmx:after:swap", () => {
  const open = document.querySelector(".part.open:not([data-seen])");
  if (!open) return;
  open.dataset.seen = "";
  if (!open.contains(document.activeElement)) open.querySelector("input:not([type=hidden]), select, textarea")?.focus();
});

const toasts = document.getElementById("toasts");
if (toasts) {
  let timer;
  new MutationObserver(() => {
    clearTimeout(timer);
    if (toasts.childElementCount) timer = setTimeout(() => toasts.replaceChildren(), SHOWN_MS);
  }).observe(toasts, { childList: true });
}
