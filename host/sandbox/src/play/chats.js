// Shows one messenger, and sends what a customer and the account's staff do.
import {
  byId, callElements, choices, draw, el, faultElements, onChange, onPress, onSubmit, refresh, safeLink, send, state, taken, tappable, watch,
} from "./board.js";

const word = location.pathname.slice(1);
const REFUSALS = ["nothing", "token", "expired", "permission", "policy"];
const act = (name, rest) => send("act", { account: byId("account").value, who: byId("who").value, act: name, ...rest });
const account = () => state.accounts.find((one) => one.id === byId("account").value);
const nobody = { messages: [], blocked: false, on_web: false, standby: false, window_open: false };
const person = () => account()?.people.find((one) => one.who === byId("who").value) || nobody;

// What is new comes into sight, also of somebody who has scrolled back.
function drawToEnd(id, data, build) {
  if (draw(id, data, build)) byId(id).scrollTop = byId(id).scrollHeight;
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

function show() {
  byId("title").textContent = `Kamurj sandbox: ${state.word} at ${state.addresses.join(", ")}`;
  choices("account", state.accounts.map((one) => [one.id, `${one.name} (${one.id})`]));
  const house = account();
  if (!house) {
    byId("webhook").textContent = `The sandbox's settings name no account of ${state.word}.`;
    return;
  }
  const who = person();
  draw("people", house.people.map((one) => one.who), (names) => names.map((name) => el("option", { value: name })));
  drawToEnd("messages", [house.id, who.who, who.messages], ([, , messages]) => messages.length
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
  draw("faults", state.faults, (faults) => faultElements(faults, { refuse: REFUSALS }));
  drawToEnd("calls", state.calls.slice(-50), callElements);
}

onSubmit("choice", refresh);
onSubmit("say", () => act("say", { text: taken("text") }));
onSubmit("follow", () => act("follow", { reference: byId("reference").value }));
onSubmit("callback", () => send("callback", { app: account()?.app || "", url: byId("url").value, verify_token: byId("verify").value, subscribe: true }));
onPress("staff", () => act("staff", { text: taken("text") }));
onPress("begin", () => act("begin", {}));
onPress("silent", () => act("silent", { hours: 24 }));
onPress("read", () => act("read", {}));
onPress("blocked", () => act("block", { blocked: !person().blocked }));
onPress("on_web", () => act("web", { on_web: !person().on_web }));
onPress("standby", () => act("standby", { standby: !person().standby }));
onChange("account", refresh);
onChange("who", refresh);

watch(`/play/chats/${word}`, show);
