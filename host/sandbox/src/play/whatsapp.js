// The WhatsApp part of the page: draws the phone of one person and sends what the person does with it. What is shared with the
// rest of the page (el, draw, byId, send, state, safeLink, tappable) is in page.js.
"use strict";

const callers = new Map([["37491000000", "Customer Ani"]]);
let phone = "37491000000";

function owner() {
  return state.whatsapp.people.find((one) => one.phone === phone)
    || { phone, messages: [], blocked: false, username: null, window_until: null };
}

const ticks = { delivered: "✓✓", read: "✓✓ read", failed: "not delivered", silent: "lost" };

function whatsappKey(message, button) {
  if (button.url !== undefined) {
    return el("a", { href: safeLink(button.url), target: "_blank", rel: "noopener noreferrer" }, button.text);
  }
  return el("button", { type: "button", onclick: () => send("/play/whatsapp/tap", { phone, message: message.id, id: button.id }) },
    button.description ? `${button.text}: ${button.description}` : button.text);
}

function whatsappMessage(message) {
  const mine = message.from === "customer";
  const lost = message.progress === "failed" || message.progress === "silent";
  const lines = [message.header, message.text || `[${message.kind}]`].filter(Boolean).join("\n");
  const told = [mine && message.progress !== "read" ? "" : ticks[message.progress], message.error, message.template].filter(Boolean);
  return el("div", { class: `message ${mine ? "customer" : "bot"}${lost ? " lost" : ""}`, "data-wamid": message.id },
    el("div", { class: "bubble", dir: "auto" }, ...tappable(lines)),
    message.footer ? el("div", { class: "meta", dir: "auto" }, message.footer) : null,
    told.length ? el("span", { class: "meta" }, told.join(" · ")) : null,
    message.buttons.length && !lost ? el("div", { class: "keys" },
      ...message.buttons.map((button) => el("div", {}, whatsappKey(message, button)))) : null);
}

function drawWhatsapp() {
  byId("whatsapp").hidden = !state.whatsapp;
  if (!state.whatsapp) return;
  for (const one of state.whatsapp.people) if (!callers.has(one.phone)) callers.set(one.phone, one.name);
  draw("wa-person", [[...callers], phone], ([list]) => list.map(([number, name]) => {
    const option = el("option", { value: number }, `${name} (+${number})`);
    option.selected = number === phone;
    return option;
  }));
  const shown = owner();
  draw("wa-messages", [phone, shown.messages], ([, messages]) => messages.length
    ? messages.map(whatsappMessage)
    : [el("p", { class: "meta" }, "Nothing was said yet. The business may send templates alone until you write.")]);
  const open = shown.window_until > Date.now() && !state.whatsapp.faults.window_closed;
  byId("wa-window").textContent = open
    ? `The business may write freely until ${new Date(shown.window_until).toISOString().slice(0, 16).replace("T", " ")} UTC`
    : "The window is closed: only templates reach this person.";
  byId("wa-block").textContent = shown.blocked ? "Unblock the business" : "Block the business";
  byId("wa-block").setAttribute("aria-pressed", String(shown.blocked));
  byId("wa-hide").textContent = shown.username ? "Show the number" : "Hide the number";
  const hook = state.whatsapp.webhook;
  byId("wa-webhook").textContent = hook.url
    ? `Webhooks go to ${hook.url} · waiting: ${hook.pending}${hook.last_error ? " · last error: " + hook.last_error : ""}`
    : "No callback is set and subscribed: the business hears nothing.";
}

byId("wa-say").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = byId("wa-text").value;
  byId("wa-text").value = "";
  send("/play/whatsapp/say", { phone, text });
});
byId("wa-person").addEventListener("change", (event) => {
  phone = event.target.value;
  refresh();
});
byId("wa-other").addEventListener("submit", (event) => {
  event.preventDefault();
  phone = byId("wa-phone").value;
  if (!callers.has(phone)) callers.set(phone, "Person");
  byId("wa-phone").value = "";
  send("/play/whatsapp/person", { phone });
});
byId("wa-block").addEventListener("click", () => send("/play/whatsapp/block", { phone, blocked: !owner().blocked }));
byId("wa-hide").addEventListener("click", () => send("/play/whatsapp/hide", { phone, username: owner().username ? null : "ani.x" }));
byId("wa-read").addEventListener("click", () => send("/play/whatsapp/read", { phone }));
byId("wa-picture").addEventListener("click", () => send("/play/whatsapp/other", { phone }));
byId("wa-silent").addEventListener("click", () => send("/play/whatsapp/silent", { phone, hours: 24 }));
byId("wa-hook").addEventListener("submit", (event) => {
  event.preventDefault();
  send("/play/whatsapp/webhook", { url: byId("wa-url").value, verify_token: byId("wa-token").value, subscribe: true });
  byId("wa-token").value = "";
});
