// Shows the portal's board, and sends what its people do.
import {
  act, byId, callElements, choices, draw, el, faultElements, money, onChange, onPress, onSubmit, state, taken, watch,
} from "./board.js";

const press = (text, work, label) => el("button", { type: "button", onclick: work, "aria-label": label }, text);
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
  const moved = (event) => {
    // The board waits while somebody is at one of its lists, and this one is done with.
    event.target.blur();
    act(isDeal ? "move_deal" : "move_invoice", { id: item.id, stage: event.target.value });
  };
  const move = el("select", { "aria-label": `Move ${word}`, onchange: moved },
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
  choices("funnel", state.funnels.map((one) => [one.stages_of, one.name]));
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

function show() {
  byId("title").textContent = `Kamurj sandbox: Bitrix24 at ${state.address}`;
  byId("standing").textContent = `Scopes: ${state.scopes.join(", ") || "none"}.`
    + (state.renamed_to ? ` The portal is now at ${state.renamed_to}.` : "");
  drawBoard();
  choices("contact", [["", "nobody"], ...state.contacts]);
  draw("tasks", state.tasks, (tasks) => tasks.length ? [...tasks].reverse().map(taskElement) : [el("li", { class: "meta" }, "Nobody has to do anything.")]);
  const events = state.events;
  byId("hears").textContent = (events.webhook ? `Events go to ${events.webhook}. ` : "No outgoing webhook is entered. ")
    + (events.bound.length ? `The app hears ${events.bound.map(([event]) => event).join(", ")}. ` : "")
    + `Waiting: ${events.waiting}, lost: ${events.lost}.`;
  choices("robot_of", [
    ...state.deals.map(({ id }) => [`2-${id}`, `deal #${id}`]), ...state.invoices.map(({ id }) => [`31-${id}`, `invoice #${id}`])]);
  draw("posted", events.posted.slice(-50), (list) => list.map((one) => el("li", {}, `${one.what} ${one.about} → ${one.status ?? "no answer"}`)));
  const patience = state.patience;
  byId("patience").textContent = `Refused for a limit: ${patience.over_limit_calls}, at most ${patience.longest_refused_run} in a row`
    + (patience.shortest_pause_ms === null ? "." : `; the shortest wait after one: ${patience.shortest_pause_ms} ms.`);
  byId("admin").setAttribute("aria-pressed", String(state.crm_admin));
  draw("fields", state.custom_fields, (fields) => fields.map((one) => el("li", {},
    press(`${one.name} ×`, () => act("remove_field", { name: one.name }), `Remove the field ${one.name}`))));
  draw("faults", state.faults, faultElements);
  draw("calls", state.calls.slice(-50), callElements);
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
onPress("admin", () => act("set_admin", { admin: !state.crm_admin }));
onPress("expire", () => act("expire_tokens", {}));
onPress("uninstall", () => act("uninstall_app", {}));
onChange("funnel", show);

watch("/play/bitrix24", show);
