// The WhatsApp part of the play page: draws the phone of one person, and sends what the person does with it.
import {
  byId, choices, drawLog, el, fill, onChange, onPress, onSubmit, refresh, safeLink, send, state, taken, tappable,
} from "./board.js";

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
  return el("button", { type: "button", onclick: () => send("whatsapp/tap", { phone, message: message.id, id: button.id }) },
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

export function drawWhatsapp() {
  byId("whatsapp").hidden = !state.whatsapp;
  if (!state.whatsapp) return;
  for (const one of state.whatsapp.people) if (!callers.has(one.phone)) callers.set(one.phone, one.name);
  choices("wa-person", [...callers].map(([number, name]) => [number, `${name} (+${number})`]));
  fill(byId("wa-person"), phone);
  const shown = owner();
  drawLog("wa-messages", [phone, shown.messages], ([, messages]) => messages.length
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

onSubmit("wa-say", () => send("whatsapp/say", { phone, text: taken("wa-text") }));
onChange("wa-person", (event) => {
  phone = event.target.value;
  refresh();
});
onSubmit("wa-other", () => {
  phone = taken("wa-phone");
  if (!callers.has(phone)) callers.set(phone, "Person");
  send("whatsapp/person", { phone });
});
onPress("wa-block", () => send("whatsapp/block", { phone, blocked: !owner().blocked }));
onPress("wa-hide", () => send("whatsapp/hide", { phone, username: owner().username ? null : "ani.x" }));
onPress("wa-read", () => send("whatsapp/read", { phone }));
onPress("wa-picture", () => send("whatsapp/other", { phone }));
onPress("wa-silent", () => send("whatsapp/silent", { phone, hours: 24 }));
onSubmit("wa-hook", () => send("whatsapp/webhook", { url: byId("wa-url").value, verify_token: taken("wa-token"), subscribe: true }));
