// Single keys, in one place: which key does what, off while somebody types, with a modifier or over a dialog; each can
// be changed, all can be switched off, both remembered on this machine. Pages say what an act does with `act({...})`.
import { typing } from "./page.js";

const OFF = "callward.keys.off";
const OWN = "callward.keys.own";
const NAMES = { " ": "Space", arrowleft: "←", arrowright: "→", arrowup: "↑", arrowdown: "↓", "shift+arrowright": "Shift →" };

export const defaults = {
  play: [" ", "k"], back: ["j"], forward: ["l"], "back-one": ["arrowleft"], "forward-one": ["arrowright"],
  "skip-silence": ["shift+arrowright"], slower: [","], faster: ["."],
  yes: ["1", "y"], no: ["2", "n"], unknown: ["3", "u"], na: ["4", "a", "0"],
  previous: ["arrowup"], next: ["arrowdown"], mark: ["m"], comment: ["c"], hear: ["e"], skip: ["s"], help: ["?"],
};

const acts = new Map();
let own = read();
let waiting; // the button that waits for its new key

function read() {
  try { return JSON.parse(localStorage.getItem(OWN) ?? "{}"); } catch { return {}; }
}

const keysOf = (name) => own[name] ?? defaults[name] ?? [];
const actOf = (key) => Object.keys(defaults).find((name) => acts.has(name) && keysOf(name).includes(key));
const nameOf = (key) => NAMES[key] ?? key.toUpperCase();
export const areOn = () => localStorage.getItem(OFF) === null;

/** What the named acts do on this page: `act({ play: () => …, mark: () => … })`. */
export const act = (handlers) => { for (const [name, handler] of Object.entries(handlers)) acts.set(name, handler); };

const firsts = [];
/** Sees a key before the acts do: "done" and "typed" keep it from them, "typed" leaves it to the field in focus. */
export const before = (handler) => firsts.push(handler);

const keyOf = (event) => {
  const key = event.key.toLowerCase();
  return event.shiftKey && key.startsWith("arrow") ? `shift+${key}` : key;
};

/** A focused control keeps the keys that are its own. */
const belongsTo = (target, key) => {
  if (target.matches?.("button, a[href], summary, [role=button]")) return key === " " || key === "enter";
  if (target.matches?.("input[type=radio]")) return key === " " || key.startsWith("arrow");
  return target.matches?.("input[type=range]") && (key.startsWith("arrow") || key.startsWith("page"));
};

const show = () => {
  for (const place of document.querySelectorAll("[data-kbd]")) place.textContent = keysOf(place.dataset.kbd).slice(0, 2).map(nameOf).join(" ");
  for (const box of document.querySelectorAll("[data-keys-on]")) box.checked = areOn();
  document.documentElement.toggleAttribute("data-keys-off", !areOn());
};

const say = (text) => { for (const place of document.querySelectorAll("[data-keys-said]")) place.textContent = text; };

const rebind = (button, key) => {
  const name = button.dataset.rebind;
  const taken = Object.keys(defaults).find((other) => other !== name && keysOf(other).includes(key));
  if (taken) return say(`${nameOf(key)} is taken. Press another key, or Escape.`);
  own = { ...own, [name]: [key] };
  localStorage.setItem(OWN, JSON.stringify(own));
  stop();
  say(`${nameOf(key)} it is.`);
};

const stop = () => { waiting?.removeAttribute("aria-pressed"); waiting = undefined; show(); };

document.addEventListener("keydown", (event) => {
  if (!waiting) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const key = keyOf(event);
  if (key === "escape") { stop(); say("Nothing changed."); }
  else if (!["shift", "control", "alt", "meta", "tab", "enter", "/"].includes(key)) rebind(waiting, key);
}, true);

document.addEventListener("keydown", (event) => {
  if (!areOn() || typing(event) || document.querySelector("dialog[open]")) return;
  const key = keyOf(event);
  if (belongsTo(event.target, key)) return;
  if (key === "u" && document.querySelector(".toasts [data-undo-key]")) return; // undo comes first while it is offered
  const taken = firsts.map((handler) => handler(key)).find(Boolean);
  if (taken === "done") event.preventDefault();
  if (taken) return;
  const name = actOf(key);
  if (name && acts.get(name)(event) !== false) event.preventDefault();
}, true);

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-rebind]");
  if (button) {
    stop();
    waiting = button;
    button.setAttribute("aria-pressed", "true");
    say("Press the new key, or Escape.");
  }
  if (event.target.closest("[data-keys-reset]")) {
    own = {};
    localStorage.removeItem(OWN);
    show();
    say("The keys are as they came.");
  }
});

document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-keys-on]")) return;
  if (event.target.checked) localStorage.removeItem(OFF);
  else localStorage.setItem(OFF, "1");
  show();
});

act({ help: () => document.getElementById("keys")?.showModal() });
show();
