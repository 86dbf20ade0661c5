// Shows what the services know, twice a second, and sends what a person does. Everything that came from outside
// is put on the page as text, never as markup.
"use strict";

const byId = (id) => document.getElementById(id);
const people = new Map([[5550001234, "Customer Ani"], [7770001, "Manager"]]);
let person = 5550001234;
let state = null;
let word = null;
let ready = [];

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
const drawn = new Map();
function draw(id, data, build) {
  const key = JSON.stringify(data);
  if (drawn.get(id) === key) return;
  drawn.set(id, key);
  const place = byId(id);
  const atEnd = place.scrollHeight - place.scrollTop - place.clientHeight < 40;
  place.replaceChildren(...build(data));
  if (atEnd) place.scrollTop = place.scrollHeight;
}

function trouble(text) {
  byId("trouble").hidden = !text;
  byId("trouble").textContent = text || "";
}

async function send(path, body) {
  try {
    const answer = await fetch(path, {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
    });
    trouble(answer.ok ? "" : (await answer.json()).error);
  } catch {
    trouble("The sandbox does not answer. Is it still running?");
  }
  await refresh();
}

function money(minor, currency) {
  const whole = Math.trunc(minor / 100).toLocaleString("en").replaceAll(",", "\u00a0");
  const rest = Math.abs(minor % 100);
  return `${whole}${rest ? "." + String(rest).padStart(2, "0") : ""}\u00a0${currency}`;
}

function chat() {
  return state.telegram.chats.find((one) => one.id === person) || { id: person, messages: [], notices: [], blocked: false };
}

function safeLink(url) {
  return /^https?:\/\//.test(url) ? url : undefined;
}

// A text with its addresses to be tapped, as chat apps show them.
function tappable(text) {
  return text.split(/(https?:\/\/[^\s<>"«»]+)/).map((part, place) => (place % 2
    ? el("a", { href: safeLink(part), target: "_blank", rel: "noopener noreferrer" }, part) : part));
}

function messageElement(message) {
  const key = (button) => button.data !== undefined
    ? el("button", { type: "button", onclick: () => send("/play/chat/press", { chat: person, message_id: message.message_id, data: button.data }) }, button.text)
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
  draw("person", [[...people], person], ([list]) => list.map(([id, name]) => {
    const option = el("option", { value: id }, `${name} (${id})`);
    option.selected = id === person;
    return option;
  }));
  const shown = chat();
  draw("messages", [person, shown.messages], ([, messages]) => messages.length
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
      el("strong", {}, money(session.amount_minor, session.currency)),
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
    `${Number(deal.opportunity).toLocaleString("en").replaceAll(",", "\u00a0")}\u00a0${deal.currency_id}`,
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
    draw(`${service}-calls`, state[service].calls.slice(-50), (calls) => calls.map((call) =>
      el("li", {}, `${call.method} → ${call.status ?? "cut"}`)));
  }
}

const acts = [["pay", "Pay"], ["decline", "Decline"], ["close", "Close"], ["expire", "Time over"], ["reverse", "Staff: reverse"]];

function orderElement(order) {
  const act = (body) => () => send(`/play/gateways/${word}/act`, { order: order.id, ...body });
  const left = order.amount_minor - order.refunded_minor;
  return el("li", { class: "card", "data-order": order.id },
    el("strong", {}, money(order.amount_minor, order.currency)),
    el("span", { class: `tag ${tone[order.status] || ""}` }, order.status), " ",
    order.page ? el("a", { href: safeLink(order.page), target: "_blank", rel: "noopener noreferrer" }, "open its page") : null,
    el("div", { class: "fine" }, `order ${order.number}`),
    order.refunded_minor ? el("div", { class: "fine" }, `went back ${money(order.refunded_minor, order.currency)}`) : null,
    el("details", {}, el("summary", {}, "Act"), el("div", { class: "row" },
      ...acts.map(([name, caption]) => el("button", { type: "button", onclick: act({ act: name }) }, caption)),
      el("button", { type: "button", onclick: act({ act: "give_back", minor: left }) }, "Staff: give back the rest"))));
}

function scriptElement(script) {
  return el("li", { class: "card", "data-script": script.id },
    el("strong", {}, `${script.gateway}: ${script.orders}`),
    el("span", { class: `tag ${script.state === "over" ? "good" : ""}` }, script.state), " ",
    el("button", { type: "button", onclick: () => send("/play/script/stop", { id: script.id }) }, script.state === "over" ? "Remove" : "Stop"),
    ...script.log.slice(-8).map((line) => el("div", { class: line.trouble ? "fine trouble" : "fine" },
      `${line.at.slice(5, 19).replace("T", " ")} line ${line.line}: ${line.what}${line.trouble ? " — " + line.trouble : ""}`)));
}

function drawGateways() {
  const words = state.gateways.map((gateway) => gateway.word);
  if (!words.includes(word)) word = words[0];
  draw("gateway", [words, word], ([list]) => list.map((name) => {
    const option = el("option", { value: name }, name);
    option.selected = name === word;
    return option;
  }));
  const gateway = state.gateways.find((one) => one.word === word);
  if (!gateway) return;
  draw("orders", [word, gateway.orders], ([, orders]) => orders.length
    ? [...orders].reverse().map(orderElement) : [el("li", { class: "fine" }, "No order yet.")]);
  draw("scripts", state.scripts, (scripts) => [...scripts].reverse().map(scriptElement));
  draw("gateway-calls", gateway.calls, (calls) => calls.map((call) => el("li", {}, `${call.method} → ${call.status ?? "cut"}`)));
  for (const control of document.querySelectorAll("[data-gateway]")) {
    if (control === document.activeElement) continue;
    const value = gateway.faults[control.dataset.gateway];
    if (control.type === "checkbox") control.checked = value;
    else control.value = value ?? "";
  }
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
    for (const control of group.querySelectorAll("[data-fault]")) {
      const value = state[group.dataset.service].faults[control.dataset.fault];
      if (control === document.activeElement) continue;
      if (control.type === "checkbox") control.checked = value;
      else control.value = value;
    }
  }
}

async function refresh() {
  try {
    const answer = await fetch("/play/state");
    state = await answer.json();
  } catch {
    trouble("The sandbox does not answer. Is it still running?");
    return;
  }
  drawChat();
  // Its script is the later one of the two.
  globalThis.drawWhatsapp?.();
  drawBank();
  drawGateways();
  drawBoard();
  drawCalls();
  drawFaults();
}

function say(text) {
  const language = byId("language").value;
  return send("/play/chat/say", language ? { chat: person, text, language } : { chat: person, text });
}

byId("say").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = byId("text").value;
  byId("text").value = "";
  say(text);
});
byId("phrases").addEventListener("click", (event) => {
  if (event.target.dataset.say) say(event.target.dataset.say);
});
byId("person").addEventListener("change", (event) => {
  person = Number(event.target.value);
  refresh();
});
byId("other-person").addEventListener("submit", (event) => {
  event.preventDefault();
  person = Number(byId("person-id").value);
  if (!people.has(person)) people.set(person, `Person ${person}`);
  byId("person-id").value = "";
  refresh();
});
byId("block").addEventListener("click", () => send("/play/chat/block", { chat: person, blocked: !chat().blocked }));
byId("deal").addEventListener("submit", (event) => {
  event.preventDefault();
  send("/play/bitrix24/deal", { title: byId("title").value });
  byId("title").value = "";
});
byId("gateway").addEventListener("change", (event) => {
  word = event.target.value;
  refresh();
});
byId("ready").addEventListener("change", (event) => {
  const chosen = ready.find((one) => one.name === event.target.value);
  if (chosen) byId("script-text").value = chosen.text;
});
byId("script").addEventListener("submit", (event) => {
  event.preventDefault();
  send("/play/script", { gateway: word, script: byId("script-text").value, orders: byId("script-orders").value.trim() });
});
byId("gateway-faults").addEventListener("change", (event) => {
  const control = event.target;
  const value = control.type === "checkbox" ? control.checked
    : control.type === "number" ? Number(control.value) : control.value.trim() || null;
  send(`/play/gateways/${word}/faults`, { [control.dataset.gateway]: value });
});
for (const group of document.querySelectorAll(".faults[data-service]")) {
  group.addEventListener("change", (event) => {
    const control = event.target;
    const value = control.type === "checkbox" ? control.checked : control.type === "number" ? Number(control.value) : control.value;
    send(`/play/${group.dataset.service}/faults`, { [control.dataset.fault]: value });
  });
}

refresh();
readyScripts().catch(() => trouble("The ready scripts could not be read."));
// One after another, so that a slow answer does not pile requests up.
(async () => {
  for (;;) {
    await new Promise((done) => setTimeout(done, 500));
    await refresh();
  }
})();
