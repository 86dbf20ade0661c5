// No library: nothing is swapped but rows, and the pages' policy stays without exceptions.
(() => {
const d = document, words = d.body.dataset, main = d.querySelector("main");
const each = (what, act) => d.querySelectorAll(what).forEach(act);

// A form is sent once; whoever comes back, or waits in vain, may send it again.
let sent = [];
const free = () => {
  for (const [form, button, label] of sent) {
    delete form.dataset.sent;
    button.removeAttribute("aria-disabled");
    button.textContent = label;
  }
  sent = [];
};
d.addEventListener("submit", event => {
  const form = event.target, button = event.submitter || form.querySelector("button");
  if (form.method !== "post") return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = 1;
  sent.push([form, button, button.textContent]);
  button.setAttribute("aria-disabled", true);
  button.textContent = words.busy;
  setTimeout(free, 2e4);
});
addEventListener("pageshow", free);

each("[data-copy]", button => {
  const label = button.textContent;
  button.hidden = false;
  button.onclick = async () => {
    const field = d.getElementById(button.dataset.copy);
    try { await navigator.clipboard.writeText(field.value); } catch { field.select(); d.execCommand("copy"); }
    button.textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = label; }, 2e3);
  };
});

// Single keys are in the way of who speaks to the browser, so they can be turned off (WCAG 2.1.4).
const help = d.getElementById("keys"), wanted = help?.querySelector("input");
if (wanted) {
  wanted.checked = localStorage.keys !== "off";
  wanted.onchange = () => { localStorage.keys = wanted.checked ? "on" : "off"; };
  each("[data-keys]", button => { button.hidden = false; button.onclick = () => help.showModal(); });
  d.addEventListener("keydown", event => {
    if (!wanted.checked || help.open || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input,select,textarea")) return;
    const rows = [...main.querySelectorAll("tbody tr:has(a)")], at = rows.findIndex(row => row.contains(d.activeElement)), link = row => row?.querySelector("a");
    const to = { "/": main.querySelector("[type=search]"), j: link(rows[at + 1]), k: link(rows[at - 1]) }[event.key];
    if (event.key === "?") help.showModal();
    else if (to) { event.preventDefault(); to.focus(); }
  });
}

// News: rows that are shown become what they are now; a bar counts the others.
const row = (page, id) => page.querySelector(`tr[data-payment="${CSS.escape(id)}"]`);
const one = main.querySelector("section[data-payment]")?.dataset.payment;
if (!one && !main.querySelector("[data-news]")) return;
const bar = d.querySelector(".news"), others = new Set();
let stream, timer, changed = new Set();
const tell = () => {
  if (!others.size) return;
  bar.hidden = false;
  bar.firstChild.textContent = one ? words.changed : words.more.replace("{count}", others.size);
};
const renew = async () => {
  const ids = changed;
  timer = 0;
  changed = new Set();
  const text = await fetch(location.href).then(answer => answer.text(), () => "");
  const page = new DOMParser().parseFromString(text, "text/html");
  for (const id of ids) {
    const old = row(d, id), now = row(page, id), had = old.contains(d.activeElement);
    if (!now) { others.add(id); continue; }
    if (old.innerHTML !== now.innerHTML) now.className = "changed";
    old.replaceWith(now);
    if (had) now.querySelector("a").focus();
  }
  tell();
};
const soon = () => { timer ||= setTimeout(renew, 1e3); };
const follow = () => {
  stream?.close();
  if (d.hidden) return;
  stream = new EventSource(words.news);
  stream.addEventListener("payment", event => {
    for (const id of event.data.split(" ")) {
      if (!one && row(d, id)) { changed.add(id); soon(); }
      else if (!one || id === one) others.add(id);
    }
    tell();
  });
};
d.addEventListener("visibilitychange", () => {
  follow();
  if (d.hidden || one) return;
  each("tr[data-payment]", row => changed.add(row.dataset.payment));
  soon();
});
follow();
})();
