// Shows amoCRM's account as a board, and sends what people do to it.
import {
  act, byId, callElements, choices, draw, el, faultElements, money, onChange, onPress, onSubmit, state, taken, trouble, watch,
} from "./board.js";

let chosen = null;

const pipeline = () => state.pipelines.find((one) => String(one.id) === byId("pipeline").value) || state.pipelines[0];
const lead = () => state.leads.find((one) => one.id === chosen) || null;
const sum = (price) => money(price, state.currency);
const when = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " ");

function choose(id) {
  chosen = id;
  byId("new_price").value = lead()?.price ?? "";
  byId("lead").value = id ?? "";
  show();
}

function pairs(values) {
  if (!values.length) return null;
  return el("dl", {}, ...values.flatMap((one) => [el("dt", {}, one.name), el("dd", { dir: "auto" }, one.text)]));
}

function noteElement(note) {
  const of = note.kind === "common" ? "Note" : `${note.service || note.kind}`;
  return el("div", { class: `comment ${note.kind === "common" ? "" : "service"}`, dir: "auto" },
    el("span", { class: "meta" }, `${of} · ${when(note.created_at)}${note.triggers ? "" : " · starts no automation"}`), note.text);
}

function taskElement(task) {
  const result = task.result ? el("span", { class: "result" }, task.result) : null;
  return el("div", { class: `task ${task.is_completed ? "done" : ""}` },
    el("span", { dir: "auto" }, `${task.text} (${task.responsible}, till ${when(task.complete_till)})`), result,
    task.is_completed ? el("span", { class: "tag good" }, "done")
      : el("button", { type: "button", "data-key": `task-${task.id}`, onclick: () => act("finish_task", { task: task.id, result: "Done by hand" }) }, "Done"));
}

function leadElement(one) {
  const who = one.contacts.map((contact) => [contact.name, contact.phone].filter(Boolean).join(" · ")).join(", ");
  return el("article", { class: `lead ${one.id === chosen ? "chosen" : ""}`, "data-lead": one.id },
    el("div", { class: "head" },
      el("button", { type: "button", "data-key": `lead-${one.id}`, onclick: () => choose(one.id) }, one.name),
      el("span", { class: "sum" }, sum(one.price))),
    el("div", { class: "meta" }, [`#${one.id}`, who].filter(Boolean).join(" · ")),
    ...one.tags.map((tag) => el("span", { class: "tag" }, tag)),
    pairs(one.values),
    ...one.elements.flatMap((element) => [
      el("div", { class: "fine" }, el("span", { class: "tag" }, element.kind === "invoices" ? "invoice" : "product"), ` ${element.name} × ${element.quantity}`), pairs(element.values)]),
    ...one.tasks.map(taskElement),
    ...one.notes.map(noteElement));
}

function columnElement(name, kind, leads) {
  const total = leads.reduce((whole, one) => whole + one.price, 0);
  return el("div", { class: `column ${kind} ${leads.length ? "" : "empty"}`, role: "listitem" },
    el("h2", {}, name, " ", el("span", { class: "count" }, `${leads.length} · ${sum(total)}`)),
    ...(leads.length ? leads.map(leadElement) : [el("p", { class: "nothing" }, "Nothing here.")]));
}

function kindOf(status) {
  if (status.is_unsorted) return "unsorted";
  return { 142: "won", 143: "lost" }[status.id] || "";
}

function columns([one, leads]) {
  const here = leads.filter((found) => found.pipeline === one.id);
  const trash = here.filter((found) => found.is_deleted);
  const list = one.statuses.map((status) => columnElement(status.name, kindOf(status),
    here.filter((found) => found.status === status.id && !found.is_deleted)));
  return trash.length ? [...list, columnElement("Trash", "trash", trash)] : list;
}

function hookElement(hook) {
  return el("div", { class: "card" }, el("strong", {}, hook.destination), hook.settings.join(", "), " ",
    hook.disabled ? el("span", { class: "tag bad" }, "switched off") : null,
    hook.last_error ? el("span", { class: "tag bad" }, `${hook.failures} failures · ${hook.last_error}`) : null);
}

function show() {
  byId("title").textContent = `Kamurj sandbox: ${state.name}, ${state.host} at ${state.address}`;
  byId("banned").hidden = !state.banned;
  choices("pipeline", state.pipelines.map((one) => [one.id, one.name]));
  draw("columns", [pipeline(), state.leads, chosen], columns);
  choices("lead", [["", "—"], ...state.leads.map((one) => [one.id, `${one.name} #${one.id}${one.is_deleted ? " (trash)" : ""}`])]);
  const one = lead();
  byId("standing").textContent = one ? `${sum(one.price)} · saves by calls: ${one.saves} · changed ${when(one.updated_at)}`
    : "Choose a lead here, or press its name on the board.";
  draw("status", state.pipelines, (list) => list.map((one) => el("optgroup", { label: one.name },
    ...one.statuses.map((status) => el("option", { value: `${one.id}/${status.id}` }, status.name)))));
  choices("own_status", pipeline().statuses.map((status) => [status.id, status.name]));
  choices("field", state.fields.map((field) =>
    [field.id, `${field.name} (${field.code || field.kind})${field.api_only ? " · read only" : ""}`]));
  byId("remove_invoices").disabled = !state.has_invoices;
  const tokens = state.tokens;
  byId("tokens").textContent = `Long-lived token: ${tokens.long_lived ? "alive" : "dead"} · access tokens alive: ${tokens.access}`
    + ` · refresh tokens alive: ${tokens.refresh}, used: ${tokens.refreshed}`;
  byId("limits").textContent = (state.wait_until_ms ? `It was told to wait until ${when(state.wait_until_ms / 1000)}.` : "It was never told to wait.")
    + ` Webhooks waiting: ${state.waiting}.`;
  draw("hooks", state.hooks, (hooks) => hooks.length ? hooks.map(hookElement) : [el("p", { class: "fine" }, "Nobody listens.")]);
  draw("faults", state.faults, faultElements);
  draw("calls", state.calls.slice(-50), callElements);
}

// What is done with a lead needs one.
function withLead(name, rest) {
  if (chosen === null) trouble("Choose a lead first.");
  else act(name, { lead: chosen, ...rest });
}

onSubmit("add", () => {
  const product = byId("product").value.trim();
  const price = Number(byId("price").value);
  act("add_lead", {
    name: byId("name").value, price, pipeline: pipeline().id, contact: byId("contact").value, phone: byId("phone").value,
    products: product ? [{ name: product, price, quantity: Number(byId("quantity").value) }] : [],
  });
});
onSubmit("move", () => {
  const [into, status] = byId("status").value.split("/").map(Number);
  withLead("move_lead", { pipeline: into, status });
});
onSubmit("change", () => withLead("set_price", { price: Number(byId("new_price").value) }));
onSubmit("stage", () => withLead("run_pipeline_hook", { url: byId("url").value }));
onSubmit("rename", () => act("rename_status", { pipeline: pipeline().id, status: Number(byId("own_status").value), name: byId("status_name").value }));
onSubmit("unfield", () => act("remove_field", { field: Number(byId("field").value) }));
onSubmit("issue", () => act("issue_long_lived", { token: taken("token") }));
onPress("invoice", () => withLead("add_invoice", {}));
onPress("delete", () => withLead("delete_lead", {}));
onPress("restore", () => withLead("restore_lead", {}));
onPress("remove_status", () => act("remove_status", { pipeline: pipeline().id, status: Number(byId("own_status").value) }));
for (const name of ["lift_ban", "remove_invoices", "revoke_long_lived", "expire_access", "withdraw"]) onPress(name, () => act(name, {}));
onChange("pipeline", show);
onChange("lead", () => choose(Number(byId("lead").value) || null));

watch("/play/amocrm", show);
