// What the firm's pages do without asking the server: keys, dialogs, the reader's time zone and appearance.
"use strict";

const YEAR = 31536000;
const keep = (name, value) => {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${name}=${value}; Path=/; Max-Age=${value ? YEAR : 0}; SameSite=Lax${secure}`;
};

keep("dossier_zone", Intl.DateTimeFormat().resolvedOptions().timeZone);

// Appearance: as the device says, or as the reader chose.
for (const choice of document.querySelectorAll(".theme input")) {
  choice.closest(".theme").hidden = false;
  choice.addEventListener("change", () => {
    keep("dossier_theme", choice.value);
    if (choice.value) document.documentElement.dataset.theme = choice.value;
    else delete document.documentElement.dataset.theme;
  });
}

// On a narrow screen the open tab may be beyond its edge.
const tab = document.querySelector(".tabs [aria-current]");
if (tab) tab.parentElement.scrollLeft = tab.offsetLeft - (tab.parentElement.clientWidth - tab.offsetWidth) / 2;

// Dialogs: whatever `data-opens` names is shown, `data-closes` closes the dialog around it, a click beside it too.
const show = (id) => {
  const dialog = document.getElementById(id);
  if (!dialog || dialog.open) return;
  dialog.showModal();
  dialog.querySelector("input[type=search]")?.select();
};
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    show(opener.dataset.opens);
  }
  if (event.target.closest("[data-closes]") || event.target.tagName === "DIALOG") event.target.closest("dialog")?.close();
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// Keys: `/` and Ctrl-K search from anywhere; arrows walk through what was found; Esc closes menus.
const isTyping = (target) => target.matches("input, textarea, select, [contenteditable]");
document.addEventListener("keydown", (event) => {
  const isSearch = (event.key === "/" && !isTyping(event.target)) || (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey));
  if (isSearch && document.getElementById("palette")) {
    event.preventDefault();
    show("palette");
  }
  if (event.key === "Escape") {
    const menu = event.target.closest("details.menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  }
});

const palette = document.getElementById("palette");
if (palette) {
  const input = palette.querySelector("input");
  const hits = () => [...palette.querySelectorAll(".hits a")];
  const chosen = () => hits().findIndex((hit) => hit.getAttribute("aria-selected") === "true");
  const choose = (place) => {
    const all = hits();
    if (!all.length) return;
    all.forEach((hit) => hit.removeAttribute("aria-selected"));
    const hit = all[(place + all.length) % all.length];
    hit.setAttribute("aria-selected", "true");
    hit.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", hit.id);
  };
  palette.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      choose(chosen() + (event.key === "ArrowDown" ? 1 : chosen() < 0 ? 0 : -1));
    } else if (event.key === "Escape") {
      event.preventDefault(); // a search field would empty itself first
      palette.close();
    } else if (event.key === "Enter" && hits().length) {
      event.preventDefault();
      hits()[Math.max(chosen(), 0)].click();
    }
  });
}

// What has no answer is said where it was asked for, and leaves what was typed; only places for answers hold it instead.
const FOR_ANSWERS = "#sheet-body, #drawer-body, #palette-hits, #found, #others";
const TOLD = 8000; // ms
const isForAnswers = ({ request, target }) => request.method === "GET" && target?.matches(FOR_ANSWERS);
const tellSilence = (ctx, said) => {
  const source = ctx.sourceElement;
  if (source.matches("datalist, .count")) return; // asked by itself: nobody waits for it
  document.querySelectorAll(".silent").forEach((line) => line.remove());
  const form = source.closest("form[method=post]");
  const line = document.createElement("p");
  line.textContent = said;
  line.className = "silent";
  if (form || isForAnswers(ctx)) {
    line.classList.add("problem");
    line.setAttribute("role", "alert");
    if (form) form.prepend(line);
    else ctx.target.replaceChildren(line);
  } else {
    document.getElementById("toasts")?.append(line);
    setTimeout(() => line.remove(), TOLD);
  }
};
const unreached = () => document.getElementById("toasts")?.dataset.unreached ?? "";
document.addEventListener("htmx:response:error", (event) => {
  const { ctx } = event.detail;
  if (ctx.response.status < 500) return;
  if (isForAnswers(ctx)) return;
  ctx.swap = "none";
  const answer = new DOMParser().parseFromString(ctx.text, "text/html");
  tellSilence(ctx, answer.querySelector(".problem p")?.textContent ?? unreached());
});
document.addEventListener("htmx:error", (event) => {
  const { ctx } = event.detail;
  if (ctx?.status?.startsWith("error")) tellSilence(ctx, unreached());
});
