// Shows the portal's board, twice a second, and sends what people do. Everything that came from outside is put on the page as text,
// never as markup.
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

// Draws a part only when its data changed and nobody is at work in it, so that scrolling, focus and choices survive.
function draw(id, data, build) {
  const key = JSON.stringify(data);
  const place = byId(id);
  const busy = place.contains(document.activeElement) && ["SELECT", "INPUT"].includes(document.activeElement.tagName)
    && document.activeElement !== place;
  if (drawn.get(id) === key || busy) return;
  drawn.set(id, key);
  const [left, chosen] = [place.scrollLeft, place.value];
  place.replaceChildren(...build(data));
  place.scrollLeft = left;
  if (place.tagName === "SELECT" && [...place.options].some((option) => option.value === chosen)) place.value = chosen;
}

function trouble(text) {
  byId("trouble").hidden = !text;
  byId("trouble").textContent = text || "";
}

async function send(path, body) {
  if (document.activeElement && document.activeElement.tagName === "SELECT") document.activeElement.blur();
  try {
    const answer = await fetch(`/play/bitrix24/${path}`, {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
    });
    trouble(answer.ok ? "" : (await answer.json()).error);
  } catch {
    trouble("The sandbox does not answer. Is it still running?");
  }
  await refresh();
}

const act = (name, rest) => send("act", { act: name, ...rest });
const press = (text, work, label) => el("button", { type: "button", onclick: work, "aria-label": label }, text);
const money = (sum, currency) => `${Number(sum).toLocaleString("en").replaceAll(",", "\u00a0")}\u00a0${currency}`;
const funnel = () => state.funnels.find((one) => one.stages_of === byId("funnel").value) || state.funnels[0];

function field(name, value) {
  return [el("dt", {}, name), el("dd", {}, String(value))];
}

function itemElement(item, kind, stages) {
  const isDeal = kind === 2;
  const word = `${isDeal ? "deal" : "invoice"} ${item.id}`;
  const custom = Object.entries(item.fields).filter(([name, value]) => name.startsWith("UF_") && value !== "" && value !== null);
  const contact = state.contacts.find(([id]) => id === item.fields.contactId);
  const payments = state.payments.filter((one) => one.entity_type_id === kind && one.entity_id === item.id);
  const invoices = isDeal ? state.invoices.filter((one) => one.fields.parentId2 === item.id) : [];
  const move = el("select", { "aria-label": `Move ${word}`, onchange: (event) => act(isDeal ? "move_deal" : "move_invoice", { id: item.id, stage: event.target.value }) },
    ...stages.map((stage) => el("option", { value: stage.id }, stage.name)));
  move.value = item.stage_id;
  return el("article", { class: "card", "data-item": `${kind}-${item.id}` },
    el("strong", { dir: "auto" }, `#${item.id} ${item.title}`),
    el("span", { class: "sum" }, money(item.opportunity, item.currency_id)),
    el("dl", {}, ...(contact ? field("customer", contact[1]) : []),
      ...(item.fields.parentId2 ? field("deal", `#${item.fields.parentId2}`) : []),
      ...invoices.flatMap((one) => field("invoice", `#${one.id}, ${stageName(one.stage_id)}`)),
      ...custom.flatMap(([name, value]) => field(name.replace(/^UF_CRM_/, ""), value)),
      ...payments.flatMap((one) => field(`payment ${one.id}`, `${money(one.sum, one.currency)} ${one.is_paid ? "paid" : "open"}`)),
      ...item.rows.flatMap((row) => field(`${row.quantity} ×`, `${row.name}, ${row.price}`))),
    ...item.comments.map((comment) => el("div", { class: "comment", dir: "auto" }, comment.text)),
    ...item.logs.map((log) => el("div", { class: "comment", dir: "auto" }, `${log.title}: ${log.text}`)),
    el("div", { class: "row" }, move,
      isDeal ? press("Invoice", () => act("add_invoice", { deal: item.id }), `Make an invoice for ${word}`) : null,
      isDeal ? press("Payment", () => act("add_payment", { deal: item.id, sum: item.opportunity, currency: item.currency_id }), `Add a payment to ${word}`) : null,
      press("Delete", () => act(isDeal ? "delete_deal" : "delete_invoice", { id: item.id }), `Delete ${word}`)));
}

function stageName(id) {
  return state.funnels.flatMap((one) => one.stages).find((stage) => stage.id === id)?.name || id;
}

function drawBoard() {
  draw("funnel", state.funnels.map((one) => [one.stages_of, one.name]), (list) =>
    list.map(([id, name]) => el("option", { value: id }, name)));
  const here = funnel();
  const items = here.entity_type_id === 2 ? state.deals : state.invoices;
  const parts = [here, items, here.entity_type_id === 2 ? state.invoices : null, state.payments, state.contacts];
  draw("board", parts, () => here.stages.map((stage) => {
    const inside = items.filter((item) => item.category_id === here.id && item.stage_id === stage.id);
    return el("div", { class: `column ${stage.semantics || ""}`, "data-stage": stage.id },
      el("h3", {}, el("span", {}, stage.name), el("span", { class: "tag" }, String(inside.length))),
      el("p", { class: "fine" }, stage.id),
      ...inside.map((item) => itemElement(item, here.entity_type_id, here.stages)),
      inside.length ? null : press("Remove the stage", () => act("remove_stage", { id: stage.id }), `Remove the stage ${stage.name}`));
  }));
}

function taskElement(task) {
  return el("li", { class: `card ${task.is_closed ? "done" : ""}` },
    el("strong", { dir: "auto" }, task.title),
    el("span", { class: `tag ${task.is_closed ? "good" : "bad"}` }, task.is_closed ? "closed" : "open"),
    ` ${task.about.join(", ")}${task.deadline ? ` · until ${task.deadline.slice(0, 16).replace("T", " ")}` : ""}`,
    task.description ? el("div", { class: "fine", dir: "auto" }, task.description) : null,
    el("div", { class: "row" }, task.is_closed
      ? press("Open again", () => act("reopen_task", { id: task.id }), `Open task ${task.id} again`)
      : press("Close", () => act("close_task", { id: task.id }), `Close task ${task.id}`)));
}

function faultElement(name, value) {
  const change = (next) => send("faults", { [name]: next });
  const control = typeof value === "boolean"
    ? el("input", { type: "checkbox", onchange: (event) => { event.target.blur(); change(event.target.checked); } })
    : el("input", { type: "number", min: 0, max: 99, value, onchange: (event) => change(Number(event.target.value)) });
  if (typeof value === "boolean") control.checked = value;
  return el("label", {}, `${name.replaceAll("_", " ")} `, control);
}

function show() {
  byId("title").textContent = `Kamurj sandbox: Bitrix24 at ${state.address}`;
  byId("standing").textContent = `Scopes: ${state.scopes.join(", ") || "none"}.`
    + (state.renamed_to ? ` The portal is now at ${state.renamed_to}.` : "");
  drawBoard();
  draw("contact", state.contacts, (list) => [el("option", { value: "" }, "nobody"),
    ...list.map(([id, name]) => el("option", { value: id }, name))]);
  draw("tasks", state.tasks, (tasks) => tasks.length ? [...tasks].reverse().map(taskElement) : [el("li", { class: "meta" }, "Nobody has to do anything.")]);
  const events = state.events;
  byId("hears").textContent = (events.webhook ? `Events go to ${events.webhook}. ` : "No outgoing webhook is entered. ")
    + (events.bound.length ? `The app hears ${events.bound.map(([event]) => event).join(", ")}. ` : "")
    + `Waiting: ${events.waiting}, lost: ${events.lost}.`;
  draw("robot_of", [state.deals.map((one) => one.id), state.invoices.map((one) => one.id)], ([deals, invoices]) => [
    ...deals.map((id) => el("option", { value: `2-${id}` }, `deal #${id}`)),
    ...invoices.map((id) => el("option", { value: `31-${id}` }, `invoice #${id}`))]);
  draw("posted", events.posted.slice(-50), (list) => list.map((one) => el("li", {}, `${one.what} ${one.about} → ${one.status ?? "no answer"}`)));
  const patience = state.patience;
  byId("patience").textContent = `Refused for a limit: ${patience.over_limit_calls}, at most ${patience.longest_refused_run} in a row`
    + (patience.shortest_pause_ms === null ? "." : `; the shortest wait after one: ${patience.shortest_pause_ms} ms.`);
  byId("admin").setAttribute("aria-pressed", String(state.crm_admin));
  draw("fields", state.custom_fields, (fields) => fields.map((one) => el("li", {},
    press(`${one.name} ×`, () => act("remove_field", { name: one.name }), `Remove the field ${one.name}`))));
  draw("faults", state.faults, (faults) => Object.entries(faults).map(([name, value]) => faultElement(name, value)));
  draw("calls", state.calls.slice(-50), (calls) => calls.map((call) => el("li", {}, `${call.method} → ${call.status ?? "cut"}`)));
}

async function refresh() {
  try {
    state = await (await fetch("/play/bitrix24/state")).json();
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

const EVENTS = ["ADD", "UPDATE", "DELETE"].flatMap((verb) => [`ONCRMDEAL${verb}`, `ONCRMDYNAMICITEM${verb}`]);

onSubmit("deal", () => {
  const here = funnel();
  const deal = { title: taken("deal_name"), funnel: here.entity_type_id === 2 ? here.id : 0 };
  if (byId("amount").value) deal.amount = byId("amount").value;
  if (byId("contact").value) deal.contact = Number(byId("contact").value);
  act("add_deal", deal);
});
onSubmit("person", () => act("add_contact", { name: taken("name"), phone: taken("phone"), email: taken("email") }));
onSubmit("stage", () => act("add_stage", { stages_of: funnel().stages_of, name: taken("stage_name") }));
onSubmit("webhook", () => act("set_webhook", { url: byId("hook_url").value, application_token: taken("hook_token"), events: EVENTS }));
onSubmit("robot", () => {
  const [kind, id] = byId("robot_of").value.split("-").map(Number);
  act("run_robot", { entity_type_id: kind || 0, id: id || 0, url: byId("robot_url").value });
});
onSubmit("field", () => act("add_field", { name: taken("field_name") }));
onSubmit("rename", () => act("rename", { host: byId("host").value }));
byId("admin").addEventListener("click", () => act("set_admin", { admin: !state.crm_admin }));
byId("expire").addEventListener("click", () => act("expire_tokens", {}));
byId("uninstall").addEventListener("click", () => act("uninstall_app", {}));
byId("funnel").addEventListener("change", () => { byId("funnel").blur(); show(); });

// One after another, so that a slow answer does not pile requests up.
(async () => {
  for (;;) {
    await refresh();
    await new Promise((done) => setTimeout(done, 500));
  }
})();
