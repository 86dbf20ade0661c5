// Shows the account as a board, twice a second, and sends what a person does. Everything that came from outside is put on the
// page as text, never as markup.
"use strict";

const byId = (id) => document.getElementById(id);
let state = null;
let chosen = null;
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
  const [value, left, focused] = [place.value, place.scrollLeft, document.activeElement?.dataset?.key];
  place.replaceChildren(...build(data));
  place.scrollLeft = left;
  if (value && [...(place.options || [])].some((option) => option.value === value)) place.value = value;
  if (focused) place.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

function trouble(text) {
  byId("trouble").hidden = !text;
  byId("trouble").textContent = text || "";
}

async function send(path, body) {
  try {
    const answer = await fetch(`/play/amocrm/${path}`, {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
    });
    trouble(answer.ok ? "" : (await answer.json()).error);
  } catch {
    trouble("The sandbox does not answer. Is it still running?");
  }
  await refresh();
}

const act = (name, rest) => send("act", { act: name, ...rest });
const pipeline = () => state.pipelines.find((one) => String(one.id) === byId("pipeline").value) || state.pipelines[0];
const lead = () => state.leads.find((one) => one.id === chosen) || null;
const sum = (price) => `${price.toLocaleString("en").replaceAll(",", "\u00a0")}\u00a0${state.currency}`;
const when = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " ");

function choose(id) {
  chosen = id;
  byId("new_price").value = lead()?.price ?? "";
  byId("lead").value = String(id);
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

// A fault is a switch, a number, or a text, of which an empty one means none.
function faultElement(name, value) {
  const change = (next) => send("faults", { [name]: next });
  let control;
  if (typeof value === "boolean") {
    control = el("input", { type: "checkbox", onchange: (event) => change(event.target.checked) });
    control.checked = value;
  } else if (typeof value === "number") {
    control = el("input", { type: "number", min: 0, max: 99999, value, onchange: (event) => change(Number(event.target.value)) });
  } else {
    control = el("input", { type: "text", value: value ?? "", placeholder: "its own", onchange: (event) => change(event.target.value || null) });
  }
  return el("label", {}, `${name.replaceAll("_", " ")} `, control);
}

function hookElement(hook) {
  return el("div", { class: "card" }, el("strong", {}, hook.destination), hook.settings.join(", "), " ",
    hook.disabled ? el("span", { class: "tag bad" }, "switched off") : null,
    hook.last_error ? el("span", { class: "tag bad" }, `${hook.failures} failures · ${hook.last_error}`) : null);
}

function show() {
  byId("title").textContent = `Kamurj sandbox: ${state.name}, ${state.host} at ${state.address}`;
  byId("banned").hidden = !state.banned;
  draw("pipeline", state.pipelines.map((one) => [one.id, one.name]), (list) =>
    list.map(([id, name]) => el("option", { value: id }, name)));
  draw("columns", [pipeline(), state.leads, chosen], columns);
  draw("lead", state.leads.map((one) => [one.id, one.name, one.is_deleted]), (list) => [el("option", { value: "" }, "—"),
    ...list.map(([id, name, gone]) => el("option", { value: id }, `${name} #${id}${gone ? " (trash)" : ""}`))]);
  const one = lead();
  byId("standing").textContent = one ? `${sum(one.price)} · saves by calls: ${one.saves} · changed ${when(one.updated_at)}`
    : "Choose a lead here, or press its name on the board.";
  draw("status", state.pipelines, (list) => list.map((one) => el("optgroup", { label: one.name },
    ...one.statuses.map((status) => el("option", { value: `${one.id}/${status.id}` }, status.name)))));
  draw("own_status", pipeline(), (one) => one.statuses.map((status) => el("option", { value: status.id }, status.name)));
  draw("field", state.fields, (list) => list.map((field) =>
    el("option", { value: field.id }, `${field.name} (${field.code || field.kind})${field.api_only ? " · read only" : ""}`)));
  byId("remove_invoices").disabled = !state.has_invoices;
  const tokens = state.tokens;
  byId("tokens").textContent = `Long-lived token: ${tokens.long_lived ? "alive" : "dead"} · access tokens alive: ${tokens.access}`
    + ` · refresh tokens alive: ${tokens.refresh}, used: ${tokens.refreshed}`;
  byId("limits").textContent = (state.wait_until_ms ? `It was told to wait until ${when(state.wait_until_ms / 1000)}.` : "It was never told to wait.")
    + ` Webhooks waiting: ${state.waiting}.`;
  draw("hooks", state.hooks, (hooks) => hooks.length ? hooks.map(hookElement) : [el("p", { class: "fine" }, "Nobody listens.")]);
  if (!byId("faults").contains(document.activeElement)) {
    draw("faults", state.faults, (faults) => Object.entries(faults).map(([name, value]) => faultElement(name, value)));
  }
  draw("calls", state.calls.slice(-50), (calls) => calls.map((call) => el("li", {}, `${call.method} → ${call.status ?? "cut"}`)));
}

async function refresh() {
  try {
    state = await (await fetch("/play/amocrm/state")).json();
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

function onPress(id, work) {
  byId(id).addEventListener("click", work);
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
onSubmit("issue", () => {
  act("issue_long_lived", { token: byId("token").value });
  byId("token").value = "";
});
onPress("invoice", () => withLead("add_invoice", {}));
onPress("delete", () => withLead("delete_lead", {}));
onPress("restore", () => withLead("restore_lead", {}));
onPress("remove_status", () => act("remove_status", { pipeline: pipeline().id, status: Number(byId("own_status").value) }));
for (const name of ["lift_ban", "remove_invoices", "revoke_long_lived", "expire_access", "withdraw"]) onPress(name, () => act(name, {}));
byId("pipeline").addEventListener("change", show);
byId("lead").addEventListener("change", () => choose(Number(byId("lead").value) || null));

// One after another, so that a slow answer does not pile requests up.
(async () => {
  for (;;) {
    await refresh();
    await new Promise((done) => setTimeout(done, 500));
  }
})();
