// What the portal's pages do more where a script runs: the reader's time zone, files on their way, menus that close.
"use strict";

const YEAR = 31536000;
const MEGABYTE = 1024 * 1024;
if (!document.cookie.includes("dossier_zone=")) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `dossier_zone=${Intl.DateTimeFormat().resolvedOptions().timeZone}; Path=/; Max-Age=${YEAR}; SameSite=Lax${secure}`;
}

// Too large is said before it is sent.
for (const input of document.querySelectorAll("input[data-most]")) {
  input.addEventListener("change", () => {
    const size = [...input.files].reduce((sum, file) => sum + file.size, 0);
    input.setCustomValidity(size > input.dataset.most * MEGABYTE ? input.dataset.tooLarge : "");
    input.reportValidity();
  });
}

// A form with files is sent once, and says how far it is; the page that answers it takes this one's place.
for (const form of document.querySelectorAll("form[data-sends]")) {
  form.addEventListener("submit", (event) => {
    const hasFiles = [...form.querySelectorAll("input[type=file]")].some((input) => input.files.length);
    const state = form.querySelector(".sending");
    if (!hasFiles || !state) return;
    event.preventDefault();
    const sent = new XMLHttpRequest();
    const bar = state.querySelector("progress");
    const buttons = form.querySelectorAll("button");
    // What has no answer is said here, and nothing that was typed or chosen is lost.
    const keep = (said) => {
      const line = form.querySelector(".problem.silent") ?? document.createElement("p");
      line.className = "problem silent";
      line.setAttribute("role", "alert");
      line.textContent = said;
      form.prepend(line);
      buttons.forEach((button) => (button.disabled = false));
      state.hidden = true;
    };
    state.hidden = false;
    state.querySelector("span").textContent = state.querySelector("span").dataset.text;
    const body = new FormData(form, event.submitter);
    buttons.forEach((button) => (button.disabled = true));
    sent.upload.addEventListener("progress", (step) => {
      if (step.lengthComputable) bar.value = (100 * step.loaded) / step.total;
    });
    sent.addEventListener("load", () => {
      if (sent.status < 400 && sent.responseURL) {
        const here = location.href;
        location.assign(sent.responseURL);
        if (here.split("#")[0] === sent.responseURL.split("#")[0]) location.reload();
        return;
      }
      const page = new DOMParser().parseFromString(sent.responseText, "text/html");
      if (sent.status >= 500) {
        keep(page.querySelector("[role=alert]")?.textContent ?? "");
        return;
      }
      document.title = page.title;
      document.querySelector("main").replaceWith(page.querySelector("main"));
      document.querySelector("[role=alert] a, [role=alert], main").focus();
      scrollTo(0, 0);
    });
    sent.addEventListener("error", () => {
      buttons.forEach((button) => (button.disabled = false));
      state.hidden = true;
      form.submit();
    });
    sent.open("POST", form.action);
    sent.send(body);
  });
}

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
