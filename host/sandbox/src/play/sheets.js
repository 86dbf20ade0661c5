// Shows the spreadsheets, and sends what their owner does to them by hand.
import {
  byId, callElements, choices, draw, el, faultElements, onChange, onPress, onSubmit, refresh, send, state, watch,
} from "./board.js";

const book = () => state.spreadsheets.find((one) => one.id === byId("spreadsheet").value);
const sheet = () => book()?.tabs.find((one) => String(one.sheet_id) === byId("tab").value);
const act = (name, rest) => send("act", { spreadsheet: byId("spreadsheet").value, act: name, ...rest });
const onTab = (name, rest) => act(name, { tab: sheet()?.title || "", ...rest });

function cellElement(tab, row, column, place) {
  const cell = row.cells[place] || { shown: "", kind: "empty" };
  const hidden = tab.hidden_columns.includes(column) ? " hidden" : "";
  return el("td", { class: cell.kind + hidden, title: cell.formula || cell.shown || undefined, dir: "auto" }, cell.formula || cell.shown);
}

function gridElements(tab) {
  const tagged = tab.columns.findLastIndex((column) => tab.column_tags[column]);
  const wide = Math.max(6, tagged + 1, ...tab.rows.map((row) => row.cells.length));
  const columns = tab.columns.slice(0, Math.min(wide + 1, tab.columns.length));
  const mark = (tags) => tags.map((tag) => `${tag.key}${tag.value ? `=${tag.value}` : ""} #${tag.id} ${tag.visibility}`).join(", ");
  const rows = [...tab.rows, { cells: [], tags: [] }].slice(0, tab.row_count);
  const head = (column) => {
    const tags = tab.column_tags[column] || [];
    const name = tags.length ? el("small", {}, tags.map((tag) => tag.value || tag.key).join(", ")) : null;
    return el("th", { scope: "col", title: mark(tags) || undefined, class: tab.hidden_columns.includes(column) ? "hidden" : undefined },
      tags.length ? `🏷 ${column}` : column, name);
  };
  const kinds = (row, place) => [row.tags.length ? "tagged" : "", place === tab.frozen_rows - 1 ? "frozen" : ""].filter(Boolean).join(" ");
  return [
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, el("span", { class: "unseen" }, "Row")),
      ...columns.map(head))),
    el("tbody", {}, ...rows.map((row, place) => el("tr", { class: kinds(row, place) || undefined },
      el("th", { scope: "row", title: mark(row.tags) || undefined }, row.tags.length ? `🏷 ${place + 1}` : `${place + 1}`),
      ...columns.map((column, at) => cellElement(tab, row, column, at))))),
  ];
}

function show() {
  byId("title").textContent = `Kamurj sandbox: Google Sheets at ${state.address}`;
  choices("spreadsheet", state.spreadsheets.map((one) => [one.id, one.title]));
  choices("tab", (book()?.tabs || []).map((one) => [String(one.sheet_id), one.title]));
  const [whole, tab] = [book(), sheet()];
  byId("standing").textContent = whole && tab
    ? `Id ${whole.id} · tab ${tab.sheet_id}, ${tab.row_count} × ${tab.columns.length} · tags take ${tab.tag_characters} of 30000 characters`
      + `${tab.frozen_rows ? ` · ${tab.frozen_rows} frozen row${tab.frozen_rows === 1 ? "" : "s"}` : ""}`
      + `${tab.protected ? ` · ${tab.protected} protected` : ""} · shared with ${whole.shared_with.join(", ") || "nobody"}`
    : "There is no spreadsheet.";
  byId("formulas").hidden = !state.formulas_run.length;
  byId("formulas").textContent = `The API made formulas of ${state.formulas_run.map((one) => one.cell).join(", ")}.`;
  draw("grid", tab || null, (data) => data ? gridElements(data) : []);
  draw("accounts", state.accounts.map((one) => one.client_email), (list) => list.map((value) => el("option", { value })));
  byId("known").textContent = state.accounts.map((one) => `${one.client_email}: ${one.keys.length} key${one.keys.length === 1 ? "" : "s"}, `
    + `${one.tokens} token${one.tokens === 1 ? "" : "s"}`).join(" · ") || "Google knows no account yet: make a key file.";
  draw("faults", state.faults, faultElements);
  draw("calls", state.calls.slice(-50), callElements);
}

// A button beside the form's own asks for what the form asks for.
function onPressFilled(id, work) {
  onPress(id, () => {
    if (byId(id).form.reportValidity()) work();
  });
}

const row = () => ({ row: Number(byId("row").value) });
const column = () => ({ column: byId("column").value });
const account = () => ({ client_email: byId("account").value });

onSubmit("choice", refresh);
onSubmit("edit", () => onTab("edit_cell", { cell: byId("cell").value.toUpperCase(), text: byId("text").value }));
onSubmit("rows", () => onTab("insert_row", row()));
onPressFilled("delete-row", () => onTab("delete_row", row()));
onSubmit("columns", () => onTab("sort", column()));
onPressFilled("sort-down", () => onTab("sort", { ...column(), descending: true }));
onPressFilled("insert-column", () => onTab("insert_column", column()));
onPressFilled("delete-column", () => onTab("delete_column", column()));
onPressFilled("hide-column", () => {
  const letters = byId("column").value.toUpperCase();
  onTab("hide_column", { column: letters, hidden: !sheet()?.hidden_columns.includes(letters) });
});
onSubmit("tabs", () => onTab("rename_tab", { title: byId("name").value }));
onPressFilled("add-tab", () => act("add_tab", { tab: byId("name").value }));
onPress("delete-tab", () => onTab("delete_tab", {}));
onSubmit("share", () => act("share", account()));
onPressFilled("unshare", () => act("unshare", account()));
onPressFilled("key", async () => {
  byId("key").disabled = true;
  const file = await send("key", account());
  byId("key").disabled = false;
  if (!file) return;
  byId("file").value = JSON.stringify(file, null, 2);
  byId("file-label").hidden = false;
});
onChange("spreadsheet", show);
onChange("tab", show);

watch("/play/sheets", show);
