// What the sandbox's pages share: the state is read twice a second, what changed of it is drawn, and what a person does is sent. It must
// not know what any of them shows. Everything that came from outside is put on the page as text, never as markup.

/** What was last read; null before the first answer. */
export let state = null;
/** Where it is read, and where what people do is sent. */
let root = "";
let show = () => {};

export const byId = (id) => document.getElementById(id);

export function el(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** What each part was drawn from. */
const drawn = new Map();
/** Parts in which somebody has set something, so that they may show something else than that. */
const touched = new Set();

document.addEventListener("change", ({ target }) => touched.add(target.parentElement.closest("[id]")?.id));

/**
 * Draws a part when its data changed, and answers whether it did. What is scrolled, chosen, open or in focus stays so; an element within
 * is known again by its `data-key`.
 */
export function draw(id, data, build) {
  const key = JSON.stringify(data);
  const place = byId(id);
  if (drawn.get(id) === key || isWorkedIn(place)) return false;
  drawn.set(id, key);
  const focused = place.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  const open = new Set([...place.querySelectorAll("details[open]")].map((one) => one.dataset.key));
  const [chosen, left, top] = [place.value, place.scrollLeft, place.scrollTop];
  place.replaceChildren(...build(data));
  if (place.tagName === "SELECT" && [...place.options].some((option) => option.value === chosen)) place.value = chosen;
  for (const one of place.querySelectorAll("[data-key]")) {
    if (one.tagName === "DETAILS" && open.has(one.dataset.key)) one.open = true;
    if (one.dataset.key === focused) one.focus({ preventScroll: true });
  }
  [place.scrollLeft, place.scrollTop] = [left, top];
  return true;
}

// What somebody is typing or choosing would be lost. A switch is done with once it is pressed.
function isWorkedIn(place) {
  const focused = document.activeElement;
  return focused !== place && place.contains(focused) && focused.matches("select, input:not([type=checkbox])");
}

/** Draws what is read from its end: what is new comes into sight, unless somebody has scrolled back. */
export function drawLog(id, data, build) {
  const place = byId(id);
  const atEnd = place.scrollHeight - place.scrollTop - place.clientHeight < 40;
  if (draw(id, data, build) && atEnd) place.scrollTop = place.scrollHeight;
}

/** Draws the options of a list, each a value with its text. */
export function choices(id, list) {
  draw(id, list, () => list.map(([value, text]) => el("option", { value }, text)));
}

export const callElements = (calls) => calls.map((call) => el("li", {}, `${call.method} → ${call.status ?? "cut"}`));

/** A control for each fault; `words` are those to choose from, by the fault's name. */
export function faultElements(faults, words = {}) {
  return Object.entries(faults).map(([name, value]) => faultElement(name, value, words[name]));
}

const INPUTS = { boolean: { type: "checkbox" }, number: { type: "number", min: 0, max: 99999 } };
const TEXT = { type: "text", placeholder: "its own" };

function faultElement(name, value, words) {
  const attributes = { "data-key": name, onchange: (event) => send("faults", { [name]: setting(event.target) }) };
  const control = words ? el("select", attributes, ...words.map((word) => el("option", { value: word }, word)))
    : el("input", { ...attributes, ...INPUTS[typeof value] || TEXT });
  fill(control, value);
  return el("label", {}, `${name.replaceAll("_", " ")} `, control);
}

/** What a control is set to: a switch, a number, or a text, of which an empty one means none. */
export function setting(control) {
  if (control.type === "checkbox") return control.checked;
  return control.type === "number" ? Number(control.value) : control.value.trim() || null;
}

/** Sets a control, unless somebody is at it. */
export function fill(control, value) {
  if (control === document.activeElement) return;
  if (control.type === "checkbox") control.checked = value;
  else control.value = value ?? "";
}

export const money = (sum, currency) => `${Number(sum).toLocaleString("en").replaceAll(",", "\u00a0")}\u00a0${currency}`;
export const safeLink = (url) => (/^https?:\/\//.test(url) ? url : undefined);

/** A text with its addresses to be tapped, as chat apps show them. */
export function tappable(text) {
  return text.split(/(https?:\/\/[^\s<>"«»]+)/).map((part, place) => (place % 2
    ? el("a", { href: safeLink(part), target: "_blank", rel: "noopener noreferrer" }, part) : part));
}

/** The text of a field, which is empty from then on. */
export function taken(id) {
  const text = byId(id).value;
  byId(id).value = "";
  return text;
}

export function trouble(text) {
  byId("trouble").hidden = !text;
  byId("trouble").textContent = text || "";
}

const SILENCE = "The sandbox does not answer. Is it still running?";

/**
 * Answers what was said, or null where it was refused, which is told to the person. Whatever was set on the page to that end is drawn
 * anew, from what came of it.
 */
export async function send(path, body) {
  let said = null;
  try {
    const answer = await fetch(`${root}/${path}`, {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
    });
    const json = await answer.json();
    trouble(answer.ok ? "" : json.error);
    if (answer.ok) said = json;
  } catch {
    trouble(SILENCE);
  }
  for (const id of touched) drawn.delete(id);
  touched.clear();
  await refresh();
  return said;
}

export const act = (name, rest) => send("act", { act: name, ...rest });

export async function refresh() {
  try {
    state = await (await fetch(`${root}/state`)).json();
  } catch {
    trouble(SILENCE);
    return;
  }
  show();
}

/** Reads the state at `address` and has it shown for good, one after another, so that a slow answer does not pile requests up. */
export async function watch(address, work) {
  [root, show] = [address, work];
  for (;;) {
    await refresh();
    await new Promise((done) => setTimeout(done, 500));
  }
}

export function onSubmit(id, work) {
  byId(id).addEventListener("submit", (event) => {
    event.preventDefault();
    work();
  });
}

export function onPress(id, work) {
  byId(id).addEventListener("click", work);
}

export function onChange(id, work) {
  byId(id).addEventListener("change", work);
}
