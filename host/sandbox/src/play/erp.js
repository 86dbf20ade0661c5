// Shows the ERP, twice a second, and sends what a person does. Everything that came from outside is put on the page as text, never as
// markup.
"use strict";

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

// Draws a part only when its data changed. What a person had opened in it stays open, and what had the focus gets it again.
function draw(id, data, build) {
  const key = JSON.stringify(data);
  if (drawn.get(id) === key) return;
  drawn.set(id, key);
  const place = byId(id);
  const open = new Set([...place.querySelectorAll("details[open]")].map((one) => one.dataset.key));
  const focused = place.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  place.replaceChildren(...build(data));
  for (const one of place.querySelectorAll("[data-key]")) {
    if (one.tagName === "DETAILS" && open.has(one.dataset.key)) one.open = true;
    if (focused !== undefined && one.dataset.key === focused) one.focus();
  }
}

function trouble(text) {
  byId("trouble").hidden = !text;
  byId("trouble").textContent = text || "";
}

async function send(path, body) {
  let done = false;
  try {
    const answer = await fetch(`/play/erp/${path}`, {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
    });
    done = answer.ok;
    trouble(answer.ok ? "" : (await answer.json()).error);
  } catch {
    trouble("The sandbox does not answer. Is it still running?");
  }
  await refresh();
  return done;
}

const act = (name, rest) => send("act", { act: name, ...rest });
const safeLink = (url) => (/^https?:\/\//.test(url) ? url : undefined);
const tag = (text, kind) => el("span", { class: `tag ${kind || ""}` }, text);
const time = (at) => at.slice(0, 19).replace("T", " ");
const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;
const nothing = (text) => [el("li", { class: "meta" }, text)];

function statusKind(status) {
  if (status === "paid") return "good";
  return ["failed", "expired", "cancelled", "manual_review"].includes(status) ? "bad" : "wait";
}

function orderElement(order) {
  return el("li", { class: "card" },
    el("div", { class: "row" }, el("strong", {}, order.order_id), tag(order.status || "no payment yet", statusKind(order.status)),
      order.cancelled ? tag("withdrawn", "bad") : null,
      el("span", { class: "amount" }, `${order.amount.value} ${order.amount.currency}`)),
    order.description ? el("p", { dir: "auto" }, order.description) : null,
    order.checkout_url
      ? el("p", {}, el("a", { href: safeLink(order.checkout_url), target: "_blank", rel: "noopener noreferrer" }, order.checkout_url))
      : el("p", { class: "meta" }, "No link has come yet."),
    order.payment_id ? el("p", { class: "meta" }, `Payment ${order.payment_id}, version ${order.version}`) : null,
    order.cancelled ? null : el("button", {
      type: "button", "data-key": `cancel ${order.order_id}`,
      onclick: () => act("cancel", { order_id: order.order_id, reason: "The customer changed their mind." }),
    }, `Withdraw ${order.order_id}`));
}

const OUTCOMES = { applied: ["new state", "good"], older: ["older: dropped", "bad"], same: ["same version", "wait"], ignored: ["of no use here", ""] };

function eventElement(event) {
  const [word, kind] = OUTCOMES[event.outcome];
  const about = event.payment_id
    ? `${event.order_id} is ${event.status}, version ${event.version}` : "About no payment";
  return el("li", { class: "card" },
    el("div", { class: "row" }, el("strong", {}, event.type), tag(word, kind),
      event.repeats ? tag(plural(event.repeats, "repeat"), "wait") : null, event.changed ? tag("changed under its id", "bad") : null),
    el("p", {}, about),
    el("p", { class: "meta" }, `${time(event.at)} · ${event.id} · ${plural(event.attempts, "request")} · proven by ${event.verified_by} of ${event.endpoint}`),
    el("details", { "data-key": `${event.endpoint} ${event.id}` }, el("summary", {}, "Body"), el("pre", {}, event.body)));
}

function requestElement([place, request]) {
  const good = request.status === 200;
  return el("li", { class: "card" },
    el("div", { class: "row" }, el("strong", {}, `${request.method} /hooks/${request.endpoint}`),
      tag(`${request.status ?? "no answer"} ${request.outcome.replaceAll("_", " ")}`, good ? "good" : "bad")),
    el("p", { class: "meta" }, `${time(request.at)} · ${plural(request.bytes, "byte")}`),
    el("details", { "data-key": `${request.at} ${place}` }, el("summary", {}, "Headers"),
      el("dl", {}, ...request.headers.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]))));
}

function sentElement(message) {
  const stage = message.accepted ? ["accepted", "good"] : message.given_up ? ["given up", "bad"] : ["waits", "wait"];
  const answers = message.answers.map((status) => status ?? "none").join(", ");
  return el("li", { class: "card" },
    el("div", { class: "row" }, el("strong", {}, message.type), message.order_id ? el("span", {}, message.order_id) : null, tag(...stage)),
    el("p", { class: "meta" }, `${message.id} · answers: ${answers || "none yet"}`
      + (message.by_hand.length ? ` · by hand: ${message.by_hand.map((status) => status ?? "none").join(", ")}` : "")
      + (message.next_at ? ` · next try ${time(message.next_at)}` : "")),
    el("details", { "data-key": message.id }, el("summary", {}, "Message and answer"),
      el("pre", {}, message.body), message.said ? el("pre", {}, message.said) : null),
    el("button", { type: "button", "data-key": `again ${message.id}`, onclick: () => act("again", { id: message.id }) }, "Send again"));
}

function faultElement(name, value) {
  const change = (next) => send("faults", { [name]: next });
  const boolean = typeof value === "boolean";
  const control = el("input", boolean
    ? { type: "checkbox", "data-key": name, onchange: (event) => change(event.target.checked) }
    : { type: "number", min: 0, max: name === "retry_after_s" ? 86400 : 99, value, "data-key": name, onchange: (event) => change(Number(event.target.value)) });
  if (boolean) control.checked = value;
  return el("label", {}, `${name.replaceAll("_", " ")} `, control);
}

function destination() {
  const kamurj = state.kamurj;
  if (!kamurj) return "Nobody has said where Kamurj is: enter it below before the first order.";
  return `Goes to ${kamurj.url}, signed by ${kamurj.keys.join(" and ")}`
    + (kamurj.public_keys.length ? ` · checked with ${kamurj.public_keys.join(", ")}` : "")
    + (kamurj.switched_off ? " · switched off, because it answered 410" : "");
}

function show() {
  const newestFirst = (list) => [...list].reverse().slice(0, 100);
  draw("orders", newestFirst(state.orders), (orders) => orders.length ? orders.map(orderElement) : nothing("No order was entered yet."));
  draw("events", newestFirst(state.events), (events) => events.length ? events.map(eventElement) : nothing("No webhook was taken yet."));
  const requests = state.requests.map((request, place) => [place, request]);
  draw("requests", newestFirst(requests), (list) => list.length ? list.map(requestElement) : nothing("No request has come yet."));
  draw("sent", newestFirst(state.sent), (sent) => sent.length ? sent.map(sentElement) : nothing("Nothing was sent yet."));
  draw("endpoints", state.endpoints, (endpoints) => endpoints.map((one) =>
    el("li", { class: "card" }, el("strong", {}, one.name), el("p", {}, one.url), el("p", { class: "meta" }, one.keys.join(", ")))));
  byId("counts").textContent = `${plural(state.events.length, "message")}, ${plural(state.repeats, "repeat")}`
    + (state.followed ? ` · a redirect was followed ${plural(state.followed, "time")}: Standard Webhooks are not redirected` : "");
  byId("destination").textContent = destination();
  draw("faults", state.faults, (faults) => Object.entries(faults).map(([name, value]) => faultElement(name, value)));
  draw("calls", state.calls.slice(-50), (calls) => calls.map((call) => el("li", {}, `${call.method} → ${call.status ?? "cut"}`)));
}

async function refresh() {
  try {
    state = await (await fetch("/play/erp/state")).json();
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

const words = (id) => byId(id).value.trim().split(/\s+/);

// Money is text on its whole way, so a total is worked out only where the price is a whole number.
function suggestTotal() {
  const price = byId("price").value;
  if (/^\d{1,12}$/.test(price)) byId("total").value = String(BigInt(price) * BigInt(byId("quantity").value || "1"));
}

async function newOrder() {
  const value = (id) => byId(id).value;
  const filled = (id) => value(id) || undefined;
  const money = (id) => ({ value: value(id), currency: value("currency") });
  const order = {
    order_id: value("order_id"), amount: money("total"), description: value("description"), locale: value("locale"),
    items: [{ name: value("description"), quantity: Number(value("quantity")), unit_price: money("price") }],
    customer: { name: filled("customer"), phone: filled("phone"), email: filled("email") },
  };
  if (await act("order", order)) byId("order_id").value = "";
}

onSubmit("order", newOrder);
onSubmit("kamurj", async () => {
  if (await act("kamurj", { url: byId("url").value, keys: words("keys") })) byId("keys").value = "";
});
onSubmit("endpoint", async () => {
  if (await act("endpoint", { name: byId("name").value, keys: words("checks") })) byId("checks").value = "";
});
byId("price").addEventListener("input", suggestTotal);
byId("quantity").addEventListener("input", suggestTotal);

// One after another, so that a slow answer does not pile requests up.
(async () => {
  for (;;) {
    await refresh();
    await new Promise((done) => setTimeout(done, 500));
  }
})();
