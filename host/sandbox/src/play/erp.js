// Shows the ERP, and sends what a clerk and an administrator do.
import { act, byId, callElements, draw, el, faultElements, onSubmit, safeLink, state, watch } from "./board.js";

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
  draw("faults", state.faults, faultElements);
  draw("calls", state.calls.slice(-50), callElements);
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

watch("/play/erp", show);
