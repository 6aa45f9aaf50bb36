// The overview follows its account: a card whose section changed is drawn anew, without moving what is being read.
"use strict";

const PAUSE = 30000; // ms that a hidden page goes on following
const AGAIN = [2000, 5000, 15000, 30000]; // ms before the stream is tried again, after each failure
const MENDS = 15000; // ms before a card whose owner did not answer asks again
const PATIENCE = 1500; // ms that what was just saved may take to be told of
const cards = document.getElementById("cards");
const following = document.getElementById("following");
const card = (name) => document.getElementById(`card-${name}`);
const toast = (text, undo) => {
  const line = document.createElement("p");
  line.textContent = text;
  if (undo) line.append(" ", undo);
  document.getElementById("toasts").append(line);
  setTimeout(() => line.remove(), undo ? 12000 : 5000);
};

// Whoever types into a card, or has one of its menus open, keeps it as it is.
const isBusy = (section) => {
  const typing = document.activeElement?.closest("input, textarea, select");
  return (typing && section.contains(typing)) || section.querySelector("details.menu[open], form.typed") !== null;
};

const put = (section, fresh) => {
  const same = section.dataset.state === fresh.dataset.state && section.innerHTML.trim() === fresh.innerHTML.trim();
  if (same) {
    section.dataset.generation = fresh.dataset.generation;
    return false;
  }
  for (const fold of section.querySelectorAll("details[open][id]")) {
    const its = fresh.querySelector(`#${CSS.escape(fold.id)}`);
    if (its) its.open = true;
  }
  const scrolled = [...section.querySelectorAll(".scroll[id]")].map((box) => [box.id, box.scrollTop]);
  const focused = section.contains(document.activeElement) ? document.activeElement.id : "";
  // What is read stays where it is: the first visible row outside this card is held in its place.
  const anchor = [...cards.querySelectorAll(".item, .section")].find((one) => !section.contains(one) && !one.contains(section) && one.getBoundingClientRect().bottom > 60 && one.closest(".column") === section.closest(".column"));
  const before = anchor?.getBoundingClientRect().top;
  const isAbove = section.getBoundingClientRect().bottom < 60;
  section.replaceWith(fresh);
  htmx.process(fresh);
  for (const [id, top] of scrolled) {
    const box = document.getElementById(id);
    if (box) box.scrollTop = top;
  }
  if (focused) (document.getElementById(focused) ?? fresh.querySelector("a, button"))?.focus({ preventScroll: true });
  if (isAbove && anchor) {
    const moved = anchor.getBoundingClientRect().top - before;
    if (Math.abs(moved) > 1) window.scrollBy({ top: moved, behavior: "instant" });
  }
  fresh.classList.add("came");
  return true;
};

const offer = (section, fresh) => {
  section.querySelector(".waiting-change")?.remove();
  const line = document.createElement("p");
  line.className = "waiting-change";
  const button = document.createElement("button");
  button.type = "button";
  button.className = "small quiet";
  button.textContent = cards.dataset.offer;
  button.addEventListener("click", () => put(section, fresh));
  line.append(button);
  section.append(line);
};

// What can't be drawn anew says that it is old, and asks again.
const outdate = (section) => {
  if (section.dataset.state === "fresh") {
    const line = document.createElement("p");
    line.className = "stale";
    line.textContent = cards.dataset.old;
    section.querySelector("header").after(line);
    section.dataset.state = "stale";
  }
  mend(section);
};

const underway = new Map();
const renew = async (name) => {
  if (underway.has(name)) {
    underway.set(name, true); // once more when it is there
    return;
  }
  underway.set(name, false);
  try {
    const answer = await fetch(`${cards.dataset.at}/cards/${name}`, { headers: { "HX-Request": "true" } });
    const made = document.createElement("template");
    made.innerHTML = await answer.text();
    const fresh = made.content.querySelector(".section");
    const section = card(name);
    if (answer.ok && fresh && section) {
      if (isBusy(section)) offer(section, fresh);
      else put(section, fresh);
      mend(card(name));
    } else if (answer.status >= 500 && section) {
      outdate(section);
    }
  } catch {
    // No answer at all: the stream is gone too, and catches up when it is back.
  } finally {
    const again = underway.get(name);
    underway.delete(name);
    if (again) renew(name);
  }
};

// What is old or missing asks again by itself, as long as somebody looks.
const mend = (section) => {
  if (section && section.dataset.state !== "fresh") setTimeout(() => document.hidden || (section.isConnected && renew(section.dataset.section)), MENDS);
};

let stream = null;
let failures = 0;
let isLost = false;
const awaited = new Map();
const say = (text) => { following.textContent = text; };
const changed = (name) => {
  clearTimeout(awaited.get(name));
  awaited.delete(name);
  if (card(name)) renew(name);
};
const follow = () => {
  if (stream || document.hidden) return;
  stream = new EventSource(cards.dataset.follows);
  stream.addEventListener("generations", (event) => {
    failures = 0;
    if (isLost) say(cards.dataset.again);
    isLost = false;
    for (const { name, generation } of JSON.parse(event.data).sections) {
      const section = card(name);
      if (section && Number(section.dataset.generation) !== generation) renew(name);
    }
    cards.dataset.following = "yes";
  });
  stream.addEventListener("changed", (event) => JSON.parse(event.data).sections.forEach(changed));
  stream.addEventListener("ended", (event) => {
    const { reason } = JSON.parse(event.data);
    leave();
    if (reason === "restart") setTimeout(follow, AGAIN[0]);
    else location.reload(); // signed out, or the account is out of sight: the server says which
  });
  stream.addEventListener("error", () => {
    if (!isLost) say(cards.dataset.lost);
    isLost = true;
    if (stream?.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    leave();
    setTimeout(follow, AGAIN[Math.min(failures++, AGAIN.length - 1)]);
  });
};
const leave = () => {
  stream?.close();
  stream = null;
  delete cards.dataset.following;
};

if (cards) {
  let pause;
  document.addEventListener("visibilitychange", () => {
    clearTimeout(pause);
    if (document.hidden) pause = setTimeout(leave, PAUSE);
    else follow();
  });
  window.addEventListener("pagehide", leave);
  window.addEventListener("pageshow", (event) => event.persisted && follow());
  follow();
  cards.querySelectorAll(".section").forEach(mend);
}

// What has no card is drawn anew: a list in its place, any other page as a whole.
const anew = () => {
  if (document.getElementById("list")) htmx.ajax("GET", location.href, { target: "#list", swap: "outerHTML" });
  else location.reload();
};

// What was done can be taken back for as long as its message stands.
const undoing = (section, { to, fields, said }) => {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "small quiet";
  button.textContent = said;
  button.addEventListener("click", async () => {
    button.parentElement.remove();
    const answer = await fetch(to, { method: "POST", headers: { "HX-Request": "true" }, body: new URLSearchParams(fields) });
    if (!answer.ok) location.reload();
    else if (card(section)) awaited.set(section, setTimeout(() => changed(section), PATIENCE));
    else anew();
  });
  return button;
};

// Quick actions: the form comes into the dialog; saved, it closes, and the card follows.
const sheet = document.getElementById("sheet");
if (sheet) {
  document.body.addEventListener("htmx:after:swap", () => {
    const body = document.getElementById("sheet-body");
    if (body.childElementCount && !sheet.open) sheet.showModal();
    if (sheet.open && !body.contains(document.activeElement)) body.querySelector("[autofocus], [aria-invalid], input:not([type=hidden]), select, textarea, button")?.focus();
  });
  sheet.addEventListener("close", () => { document.getElementById("sheet-body").replaceChildren(); });
  document.body.addEventListener("dossier:saved", (event) => {
    const { section, said, undo } = event.detail;
    sheet.close();
    toast(said, undo && undoing(section, undo));
    if (card(section)) awaited.set(section, setTimeout(() => changed(section), PATIENCE));
    else anew();
  });
}

// Files go to the API as they are, one after the other; the card follows by itself.
document.body.addEventListener("change", async (event) => {
  const input = event.target.closest("input[type=file][data-sends]");
  if (!input) return;
  const list = document.getElementById("sending");
  let failed = 0;
  for (const file of input.files) {
    const line = document.createElement("li");
    line.className = "item";
    line.textContent = `${file.name} …`;
    list.append(line);
    const answer = await fetch(`${input.dataset.sends}?${new URLSearchParams({ name: file.name })}`, { method: "POST", body: file, headers: { "Content-Type": file.type || "application/octet-stream" } }).catch(() => null);
    line.textContent = answer?.ok ? `${file.name} ✓` : ((await answer?.json().catch(() => null))?.detail ?? input.dataset.failed.replace("…", file.name));
    if (!answer?.ok) failed += 1;
  }
  input.value = "";
  if (!failed) document.body.dispatchEvent(new CustomEvent("dossier:saved", { bubbles: true, detail: { section: "documents", said: input.dataset.done } }));
});

// Lines of an invoice: one more below, or one less. Without a script there are empty ones, and those left empty go.
document.body.addEventListener("click", (event) => {
  const drop = event.target.closest("[data-drops]");
  const bill = event.target.closest(".bill");
  if (!bill || !(drop || event.target.closest("[data-adds]"))) return;
  const lines = bill.querySelectorAll(".line");
  if (drop && lines.length > 1) {
    const line = drop.closest(".line");
    (line.nextElementSibling ?? line.previousElementSibling).querySelector("input, button").focus();
    line.remove();
    return;
  }
  const last = lines[lines.length - 1];
  const line = drop ? last : last.cloneNode(true);
  for (const input of line.querySelectorAll("input")) {
    input.value = "";
    input.id = input.id.replace(/\d+/, (number) => (drop ? number : Number(number) + 1));
  }
  if (!drop) last.after(line);
  line.querySelector("input").focus();
});
