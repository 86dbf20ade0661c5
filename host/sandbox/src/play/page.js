// Shows the services that a sale goes through, and sends what a person does at each.
import {
  byId, callElements, choices, draw, drawLog, el, fill, money, onChange, onPress, onSubmit, refresh, safeLink, send, setting, state, taken,
  tappable, trouble, watch,
} from "./board.js";
import { drawWhatsapp } from "./whatsapp.js";

const people = new Map([[5550001234, "Customer Ani"], [7770001, "Manager"]]);
let person = 5550001234;
let word = null;
let ready = [];

function fromMinor(minor, currency) {
  const whole = Math.trunc(minor / 100).toLocaleString("en").replaceAll(",", "\u00a0");
  const rest = Math.abs(minor % 100);
  return `${whole}${rest ? "." + String(rest).padStart(2, "0") : ""}\u00a0${currency}`;
}

function chat() {
  return state.telegram.chats.find((one) => one.id === person) || { id: person, messages: [], notices: [], blocked: false };
}

function messageElement(message) {
  const key = (button) => button.data !== undefined
    ? el("button", { type: "button", onclick: () => send("chat/press", { chat: person, message_id: message.message_id, data: button.data }) }, button.text)
    : el("a", { href: safeLink(button.url), target: "_blank", rel: "noopener noreferrer" }, button.text);
  const keys = message.buttons.length
    ? el("div", { class: "keys" }, ...message.buttons.map((row) => el("div", {}, ...row.map(key))))
    : null;
  return el("div", { class: `message ${message.from}`, "data-message": message.message_id },
    el("div", { class: "bubble", dir: "auto" }, ...tappable(message.text)),
    message.edited ? el("span", { class: "meta" }, "edited") : null,
    keys);
}

function drawChat() {
  for (const one of state.telegram.chats) if (!people.has(one.id)) people.set(one.id, `Person ${one.id}`);
  choices("person", [...people].map(([id, name]) => [id, `${name} (${id})`]));
  fill(byId("person"), person);
  const shown = chat();
  drawLog("messages", [person, shown.messages], ([, messages]) => messages.length
    ? messages.map(messageElement)
    : [el("p", { class: "meta" }, "Nothing was said yet. Begin with /start.")]);
  const last = shown.notices[shown.notices.length - 1];
  byId("notice").textContent = last ? last.text : "";
  byId("block").textContent = shown.blocked ? "Unblock the bot" : "Block the bot";
  byId("block").setAttribute("aria-pressed", String(shown.blocked));
  const hook = state.telegram.webhook;
  byId("webhook").textContent = hook.url
    ? `Updates go to ${hook.url} · waiting: ${hook.pending}${hook.last_error ? " · last error: " + hook.last_error : ""}`
    : "No webhook is set: the bot hears nothing yet.";
}

const tone = { paid: "good", failed: "bad", expired: "bad" };

function drawBank() {
  const empty = (text) => [el("li", { class: "fine" }, text)];
  draw("sessions", state.bank.sessions, (sessions) => sessions.length ? [...sessions].reverse().map((session) =>
    el("li", { class: "card", "data-session": session.id },
      el("strong", {}, fromMinor(session.amount_minor, session.currency)),
      el("span", { class: `tag ${tone[session.status] || ""}` }, session.status), " ",
      session.status === "created"
        ? el("a", { href: safeLink(session.checkout_url), target: "_blank", rel: "noopener noreferrer" }, "open the pay page") : null,
      el("div", { class: "fine" }, `order ${session.merchant_order_id}`),
      el("div", { class: "fine" }, session.reference ? `reference ${session.reference}` : session.id))) : empty("No session yet."));
  draw("webhooks", state.bank.webhooks, (webhooks) => webhooks.length ? [...webhooks].reverse().map((webhook) => {
    const accepted = webhook.status >= 200 && webhook.status < 300;
    const status = webhook.status ?? (webhook.tries ? "no answer" : webhook.lost ? "lost" : "waiting");
    return el("li", { class: "card", "data-webhook": webhook.id },
      el("strong", {}, webhook.type),
      el("span", { class: `tag ${accepted ? "good" : webhook.tries || webhook.lost ? "bad" : ""}` }, String(status)),
      ` tries: ${webhook.tries}`,
      webhook.lost ? " · given up" : webhook.next_at ? ` · next ${webhook.next_at.slice(11, 19)}` : "",
      el("div", { class: "fine" }, webhook.id));
  }) : empty("No webhook yet."));
  byId("endpoint").textContent = state.bank.endpoint
    ? `Webhooks go to ${state.bank.endpoint}` : "The merchant has set no webhook address.";
}

function dealElement(deal) {
  const fields = Object.entries(deal.fields).filter(([name, value]) => name.startsWith("UF_") && value);
  return el("div", { class: "card", "data-deal": deal.id },
    el("strong", {}, `#${deal.id} ${deal.title}`),
    money(deal.opportunity, deal.currency_id),
    ...fields.map(([name, value]) => el("div", { class: "fine" }, `${name}: ${value}`)),
    ...deal.comments.map((comment) => el("div", { class: "comment", dir: "auto" }, comment.text)));
}

function drawBoard() {
  draw("board", [state.bitrix24.stages, state.bitrix24.deals], ([stages, deals]) => stages.map((stage) => {
    const here = deals.filter((deal) => deal.stage_id === stage.id);
    return el("div", { class: `stage ${here.length ? "full" : ""}`, "data-stage": stage.id },
      el("h3", {}, `${stage.name} (${here.length})`), ...here.map(dealElement));
  }));
}

function drawCalls() {
  for (const service of ["telegram", "whatsapp", "bank", "bitrix24"]) {
    if (!state[service]) continue;
    drawLog(`${service}-calls`, state[service].calls.slice(-50), callElements);
  }
}

const acts = [["pay", "Pay"], ["decline", "Decline"], ["close", "Close"], ["expire", "Time over"], ["reverse", "Staff: reverse"]];

function orderElement(order) {
  const act = (body) => () => send(`gateways/${word}/act`, { order: order.id, ...body });
  const left = order.amount_minor - order.refunded_minor;
  return el("li", { class: "card", "data-order": order.id },
    el("strong", {}, fromMinor(order.amount_minor, order.currency)),
    el("span", { class: `tag ${tone[order.status] || ""}` }, order.status), " ",
    order.page ? el("a", { href: safeLink(order.page), target: "_blank", rel: "noopener noreferrer" }, "open its page") : null,
    el("div", { class: "fine" }, `order ${order.number}`),
    order.refunded_minor ? el("div", { class: "fine" }, `went back ${fromMinor(order.refunded_minor, order.currency)}`) : null,
    el("details", {}, el("summary", {}, "Act"), el("div", { class: "row" },
      ...acts.map(([name, caption]) => el("button", { type: "button", onclick: act({ act: name }) }, caption)),
      el("button", { type: "button", onclick: act({ act: "give_back", minor: left }) }, "Staff: give back the rest"))));
}

function scriptElement(script) {
  return el("li", { class: "card", "data-script": script.id },
    el("strong", {}, `${script.gateway}: ${script.orders}`),
    el("span", { class: `tag ${script.state === "over" ? "good" : ""}` }, script.state), " ",
    el("button", { type: "button", onclick: () => send("script/stop", { id: script.id }) }, script.state === "over" ? "Remove" : "Stop"),
    ...script.log.slice(-8).map((line) => el("div", { class: line.trouble ? "fine trouble" : "fine" },
      `${line.at.slice(5, 19).replace("T", " ")} line ${line.line}: ${line.what}${line.trouble ? " — " + line.trouble : ""}`)));
}

function drawGateways() {
  const words = state.gateways.map((gateway) => gateway.word);
  if (!words.includes(word)) word = words[0];
  choices("gateway", words.map((name) => [name, name]));
  fill(byId("gateway"), word);
  const gateway = state.gateways.find((one) => one.word === word);
  if (!gateway) return;
  draw("orders", [word, gateway.orders], ([, orders]) => orders.length
    ? [...orders].reverse().map(orderElement) : [el("li", { class: "fine" }, "No order yet.")]);
  draw("scripts", state.scripts, (scripts) => [...scripts].reverse().map(scriptElement));
  drawLog("gateway-calls", gateway.calls, callElements);
  for (const control of document.querySelectorAll("[data-gateway]")) fill(control, gateway.faults[control.dataset.gateway]);
}

async function readyScripts() {
  const listed = await (await fetch("/play/scripts")).json();
  ready = listed.ready;
  byId("ready").append(...ready.map((one) => el("option", { value: one.name }, one.name)));
  byId("steps").append(...listed.steps.map((step) => el("li", {}, step)));
}

function drawFaults() {
  for (const group of document.querySelectorAll(".faults[data-service]")) {
    if (!state[group.dataset.service]) continue;
    const { faults } = state[group.dataset.service];
    for (const control of group.querySelectorAll("[data-fault]")) fill(control, faults[control.dataset.fault]);
  }
}

function show() {
  drawChat();
  drawWhatsapp();
  drawBank();
  drawGateways();
  drawBoard();
  drawCalls();
  drawFaults();
}

function say(text) {
  const language = byId("language").value;
  return send("chat/say", language ? { chat: person, text, language } : { chat: person, text });
}

onSubmit("say", () => say(taken("text")));
onPress("phrases", (event) => {
  if (event.target.dataset.say) say(event.target.dataset.say);
});
onChange("person", (event) => {
  person = Number(event.target.value);
  refresh();
});
onSubmit("other-person", () => {
  person = Number(taken("person-id"));
  if (!people.has(person)) people.set(person, `Person ${person}`);
  refresh();
});
onPress("block", () => send("chat/block", { chat: person, blocked: !chat().blocked }));
onSubmit("deal", () => send("bitrix24/deal", { title: taken("title") }));
onChange("gateway", (event) => {
  word = event.target.value;
  refresh();
});
onChange("ready", (event) => {
  const chosen = ready.find((one) => one.name === event.target.value);
  if (chosen) byId("script-text").value = chosen.text;
});
onSubmit("script", () => {
  send("script", { gateway: word, script: byId("script-text").value, orders: byId("script-orders").value.trim() });
});
onChange("gateway-faults", (event) =>
  send(`gateways/${word}/faults`, { [event.target.dataset.gateway]: setting(event.target) }));
for (const group of document.querySelectorAll(".faults[data-service]")) {
  group.addEventListener("change", (event) =>
    send(`${group.dataset.service}/faults`, { [event.target.dataset.fault]: setting(event.target) }));
}

readyScripts().catch(() => trouble("The ready scripts could not be read."));
watch("/play", show);
