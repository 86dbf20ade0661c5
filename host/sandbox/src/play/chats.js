// Shows one messenger, twice a second, and sends what a person does. Everything that came from outside is put on the page as
// text, never as markup.
"use strict";

const word = location.pathname.slice(1);
const byId = (id) => document.getElementById(id);
let state = null;
const drawn = new Map();

function el(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// Draws a part only when its data changed, so that scrolling, focus and half-pressed buttons survive.
function draw(id, data, build) {
  const key = JSON.stringify(data);
  if (drawn.get(id) === key) return;
  drawn.set(id, key);
  const place = byId(id);
  place.replaceChildren(...build(data));
  place.scrollTop = place.scrollHeight;
}

function trouble(text) {
  byId("trouble").hidden = !text;
  byId("trouble").textContent = text || "";
}

async function send(path, body) {
  try {
    const answer = await fetch(`/play/chats/${word}/${path}`, {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
    });
    trouble(answer.ok ? "" : (await answer.json()).error);
  } catch {
    trouble("The sandbox does not answer. Is it still running?");
  }
  await refresh();
}

const act = (name, rest) => send("act", { account: byId("account").value, who: byId("who").value, act: name, ...rest });
const account = () => state.accounts.find((one) => one.id === byId("account").value);
const nobody = { messages: [], blocked: false, on_web: false, standby: false, window_open: false };
const person = () => account()?.people.find((one) => one.who === byId("who").value) || nobody;
const safeLink = (url) => (/^https?:\/\//.test(url) ? url : undefined);

// A text with its addresses to be tapped, as chat apps show them.
function tappable(text) {
  return text.split(/(https?:\/\/[^\s<>"«»]+)/).map((part, place) => (place % 2
    ? el("a", { href: safeLink(part), target: "_blank", rel: "noopener noreferrer" }, part) : part));
}

function keys(mid, buttons) {
  if (!buttons.length) return null;
  const key = (button) => button.payload !== undefined
    ? el("button", { type: "button", onclick: () => act("press", { mid, payload: button.payload }) }, button.title)
    : el("a", { href: safeLink(button.url), target: "_blank", rel: "noopener noreferrer" }, button.title);
  return el("div", { class: "keys" }, ...buttons.map((button) => el("div", {}, key(button))));
}

function messageElement(message) {
  const card = (one) => el("div", { class: "card" }, el("strong", {}, one.title), one.subtitle, keys(message.mid, one.buttons));
  return el("div", { class: `message ${message.from}`, "data-message": message.mid },
    message.text ? el("div", { class: "bubble", dir: "auto" }, ...tappable(message.text)) : null,
    message.template ? el("span", { class: "meta" }, `template ${message.template}`) : null,
    message.from === "customer" ? el("button", { type: "button", onclick: () => act("unsend", { mid: message.mid }) }, "Unsend") : null,
    keys(message.mid, message.buttons), ...message.cards.map(card));
}

function faultElement(name, value) {
  const change = (next) => send("faults", { [name]: next });
  let control;
  if (typeof value === "boolean") {
    control = el("input", { type: "checkbox", onchange: (event) => change(event.target.checked) });
    control.checked = value;
  } else if (typeof value === "number") {
    control = el("input", { type: "number", min: 0, max: 99, value, onchange: (event) => change(Number(event.target.value)) });
  } else {
    control = el("select", { onchange: (event) => change(event.target.value) },
      ...["nothing", "token", "expired", "permission", "policy"].map((one) => el("option", { value: one }, one)));
    control.value = value;
  }
  return el("label", {}, `${name.replaceAll("_", " ")} `, control);
}

function show() {
  byId("title").textContent = `Kamurj sandbox: ${state.word} at ${state.addresses.join(", ")}`;
  draw("account", state.accounts.map((one) => [one.id, one.name]), (list) =>
    list.map(([id, name]) => el("option", { value: id }, `${name} (${id})`)));
  const house = account();
  if (!house) {
    byId("webhook").textContent = `The sandbox's settings name no account of ${state.word}.`;
    return;
  }
  const who = person();
  draw("people", house.people.map((one) => one.who), (names) => names.map((name) => el("option", { value: name })));
  draw("messages", [house.id, who.who, who.messages], ([, , messages]) => messages.length
    ? messages.map(messageElement) : [el("p", { class: "meta" }, "Nothing was said yet.")]);
  const last = [...who.messages].reverse().find((message) => message.quick_replies.length);
  draw("replies", last || null, (message) => message ? message.quick_replies.map((reply) =>
    el("button", { type: "button", onclick: () => act("reply", { mid: message.mid, payload: reply.payload }) }, reply.title)) : []);
  byId("standing").textContent = (who.window_open ? "The 24-hour window is open." : "The 24-hour window is closed.")
    + (who.id ? ` Id ${who.id}.` : "");
  for (const name of ["blocked", "on_web", "standby"]) byId(name).setAttribute("aria-pressed", String(who[name]));
  const hook = house.webhook;
  byId("webhook").textContent = (hook.url ? `Events of app ${house.app} go to ${hook.url} · waiting: ${hook.pending}`
    : `App ${house.app} has no callback: it hears nothing yet.`)
    + (hook.last_error ? ` · last error: ${hook.last_error}` : "") + (hook.disabled ? " · switched off" : "")
    + ` · subscribed for this account: ${house.subscribed.join(", ") || "nothing"}`
    + (house.token_ends ? ` · token ends ${house.token_ends}` : "");
  if (!byId("faults").contains(document.activeElement)) {
    draw("faults", state.faults, (faults) => Object.entries(faults).map(([name, value]) => faultElement(name, value)));
  }
  draw("calls", state.calls.slice(-50), (calls) => calls.map((call) => el("li", {}, `${call.method} → ${call.status ?? "cut"}`)));
}

async function refresh() {
  try {
    state = await (await fetch(`/play/chats/${word}/state`)).json();
  } catch {
    trouble("The sandbox does not answer. Is it still running?");
    return;
  }
  show();
}

function onSubmit(id, work) {
  byId(id).addEventListener("submit", (event) => {
    event.preventDefault();
    work();
  });
}

function taken(id) {
  const text = byId(id).value;
  byId(id).value = "";
  return text;
}

onSubmit("choice", refresh);
onSubmit("say", () => act("say", { text: taken("text") }));
onSubmit("follow", () => act("follow", { reference: byId("reference").value }));
onSubmit("callback", () => send("callback", { app: account()?.app || "", url: byId("url").value, verify_token: byId("verify").value, subscribe: true }));
byId("staff").addEventListener("click", () => act("staff", { text: taken("text") }));
byId("begin").addEventListener("click", () => act("begin", {}));
byId("silent").addEventListener("click", () => act("silent", { hours: 24 }));
byId("read").addEventListener("click", () => act("read", {}));
byId("blocked").addEventListener("click", () => act("block", { blocked: !person().blocked }));
byId("on_web").addEventListener("click", () => act("web", { on_web: !person().on_web }));
byId("standby").addEventListener("click", () => act("standby", { standby: !person().standby }));
byId("account").addEventListener("change", refresh);
byId("who").addEventListener("change", refresh);

// One after another, so that a slow answer does not pile requests up.
(async () => {
  for (;;) {
    await refresh();
    await new Promise((done) => setTimeout(done, 500));
  }
})();
