// The days of four operators at the console, on a phone and at a desk: an owner takes an invitation up and invites the others; a manager makes
// a payment and finds it again; an operator gives money back with a fresh code; an accountant and a developer see what is theirs and nothing
// else. Then every page is looked at: axe, in three languages, at 360 pixels and at a desk's width.
import { createHmac } from "node:crypto";
import { PAUSE, LANGUAGES, launch } from "./chromium.mjs";
import { axeFinds, bringAxe } from "./gallery/axe.mjs";
import { fits } from "./look.mjs";
import { makesPayment, readsPayment } from "./merchant.mjs";
import { Watch, assert, check, picture } from "./report.mjs";

const { SERVER_URL, INVITATION, BANK_URL } = process.env;
const PHONE = { viewport: { width: 360, height: 740 }, locale: "hy-AM", reducedMotion: "reduce" };
const DESK = { viewport: { width: 1280, height: 900 }, locale: "en-GB", reducedMotion: "reduce" };
const PASSWORD = "a tall tree by the lake";
/** Areas in the order of the navigation, as an owner sees them. */
const PAGES = [
  "overview", "payments", "payments/new", "links", "exceptions", "deliveries", "reconciliation", "reconciliation/daily", "exports",
  "plugins", "providers", "branding", "people", "keys", "audit", "settings",
];

/** What an authenticator app shows: RFC 6238, SHA-1, six digits. */
function codeAt(secret, time) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(time / 30_000)));
  const digest = createHmac("sha1", secret).update(counter).digest();
  const at = digest[19] & 15;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

function base32(text) {
  let bits = "";
  for (const letter of text.replace(/\s/g, "")) bits += "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0");
  return Buffer.from(bits.match(/.{8}/g).map((eight) => parseInt(eight, 2)));
}

/** Somebody with an app: a code works once, so the next one is waited for where this one was used. */
class Colleague {
  constructor(email) {
    this.email = email;
    this.used = 0;
  }

  async code() {
    while (Math.floor(Date.now() / 30_000) <= this.used) await new Promise((done) => setTimeout(done, 500));
    this.used = Math.floor(Date.now() / 30_000);
    return codeAt(this.secret, Date.now());
  }

  async accepts(page, invitation) {
    await page.goto(invitation);
    this.secret = base32(await page.locator("code[data-secret]").getAttribute("data-secret"));
    await page.locator("input[name=password]").fill(PASSWORD);
    await page.locator("input[name=code]").fill(await this.code());
    await page.locator("main form button").click();
    await page.locator("code[data-code]").first().waitFor();
    this.recovery = await page.locator("code[data-code]").first().getAttribute("data-code");
  }

  /** With a recovery code, so that nobody waits for the app. */
  async signsIn(page) {
    await page.goto(`${SERVER_URL}/console/sign-in`);
    await page.locator("input[name=email]").fill(this.email);
    await page.locator("input[name=password]").fill(PASSWORD);
    await page.locator("input[name=code]").fill(this.recovery);
    await page.locator("main form button").click();
    await page.waitForURL(/\/console\/(live|test)\//);
  }
}

const browser = await launch();

async function comes(settings) {
  const context = await browser.newContext(settings);
  context.setDefaultTimeout(PAUSE);
  const page = await context.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  return { context, page, errors, watch: new Watch(context) };
}

const owner = new Colleague("owner@example.am");
const desk = await comes(DESK);
await check("console: an owner takes the invitation up and comes in", async () => {
  await owner.accepts(desk.page, INVITATION);
  await picture(desk.page, "console-recovery");
  await owner.signsIn(desk.page);
});

const colleagues = {};
for (const role of ["manager", "operator", "accountant", "developer"]) {
  colleagues[role] = new Colleague(`${role}@example.am`);
  await check(`console: the owner invites a ${role}`, async () => {
    await desk.page.goto(`${SERVER_URL}/console/test/people`);
    const form = desk.page.locator("form:has(input[name=email])");
    const folded = desk.page.locator("details:has(form input[name=email])");
    if (await folded.count()) await folded.first().evaluate((one) => (one.open = true));
    await form.locator("input[name=email]").fill(colleagues[role].email);
    await form.locator("input[name=name]").fill(role);
    await form.locator("select[name=role]").selectOption(role);
    const code = form.locator("input[name=_code]");
    if (await code.count()) await code.fill(await owner.code());
    await form.locator("button").last().click();
    const shown = await desk.page.locator("main").innerHTML();
    const address = shown.replaceAll("&#x2f;", "/").match(/http[^"<\s]*\/console\/invitations\/[\w-]+/);
    assert(address, "no invitation is shown");
    colleagues[role].invitation = address[0];
  });
}

async function employs(role, settings) {
  const place = await comes(settings);
  await check(`console: the ${role} comes in`, async () => {
    await colleagues[role].accepts(place.page, colleagues[role].invitation);
    await colleagues[role].signsIn(place.page);
  });
  return place;
}

const phone = await employs("manager", PHONE);
await check("console: a manager makes a payment on a phone in under twenty seconds, and has its link and message", async () => {
  const started = Date.now();
  await phone.page.goto(`${SERVER_URL}/console/test/payments/new`);
  await phone.page.locator("input[name=order_id]").fill("C-100");
  await phone.page.locator("input[name=amount]").fill("12500");
  await phone.page.locator("[name=description]").fill("Մեղրով տորթ");
  await phone.page.locator("main form button").last().click();
  await phone.page.waitForURL(/\/console\/test\/payments\/pay_/);
  const shown = (await phone.page.locator("main").innerHTML()).replaceAll("&#x2f;", "/");
  assert(shown.includes(`${SERVER_URL}/p/`), "the link is not shown");
  assert(await phone.page.locator("img[src^='data:image/png']").count(), "no QR code");
  const took = Date.now() - started;
  assert(took < 20_000, `${took} ms`);
  await fits(phone.page);
  await picture(phone.page, "console-manager-payment-360");
  return `${took} ms`;
});
await check("console: the manager finds it by order, and sees no button that gives money back", async () => {
  await phone.page.goto(`${SERVER_URL}/console/test/payments`);
  await phone.page.locator("input[name=q]").fill("C-100");
  await phone.page.keyboard.press("Enter");
  await phone.page.waitForURL(/q=C-100/);
  await picture(phone.page, "console-manager-search-360");
  await phone.page.locator("main th a", { hasText: "C-100" }).first().click();
  await phone.page.waitForURL(/pay_/);
  assert((await phone.page.locator("form[action$='refunds']").count()) === 0, "a manager may not refund");
});

const paid = await makesPayment("vpos", "C-101");
await check("console: the customer pays", async () => {
  const customer = await comes(PHONE);
  await customer.page.goto(paid.checkout_url);
  await customer.page.locator("form button[type=submit]").click();
  await customer.page.waitForURL(`${BANK_URL}/pay/**`);
  await customer.page.locator("button.pay").click();
  await customer.page.waitForURL(`${SERVER_URL}/p/**`);
  await customer.context.close();
});

const office = await employs("operator", DESK);
await check("console: an operator gives a part back with a fresh code, and a second press does nothing more", async () => {
  const address = `${SERVER_URL}/console/test/payments/${paid.id}`;
  await office.page.goto(address);
  const form = office.page.locator("form[action$='refunds']");
  await form.evaluate((one) => one.closest("details")?.setAttribute("open", ""));
  await form.locator("input[name=amount]").fill("500");
  await form.locator("[name=reason]").fill("spoilt");
  const code = form.locator("input[name=_code]");
  if (await code.count()) await code.fill(await colleagues.operator.code());
  await picture(office.page, "console-operator-refund");
  await form.locator("button").last().dblclick({ noWaitAfter: true });
  await office.page.waitForURL(/done=/);
  const seen = await readsPayment(paid.id);
  const back = Number(seen.refunded.value) + Number(seen.reserved.value);
  assert(back === 500, `${back} went back`);
  await picture(office.page, "console-operator-payment");
});

const books = await employs("accountant", DESK);
await check("console: an accountant takes the month's movements away, after a fresh code", async () => {
  await books.page.goto(`${SERVER_URL}/console/account`);
  await books.page.locator("form[action$='confirm'] input[name=code]").fill(await colleagues.accountant.code());
  await books.page.locator("form[action$='confirm'] button").click();
  await books.page.waitForURL(/done=/);
  await books.page.goto(`${SERVER_URL}/console/test/exports`);
  await picture(books.page, "console-accountant-exports");
  const today = new Date(Date.now() + 4 * 3_600_000).toISOString().slice(0, 10);
  const file = await books.page.evaluate(async (address) => {
    const answer = await fetch(address);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    return { status: answer.status, mark: [...bytes.slice(0, 3)], text: new TextDecoder().decode(bytes) };
  }, `${SERVER_URL}/console/test/exports/movements.csv?from=${today}&to=${today}&language=hy`);
  assert(file.status === 200, `${file.status} ${file.text.slice(0, 300)}`);
  assert(file.mark.join() === "239,187,191", "a spreadsheet needs the mark to read Armenian");
  assert(file.text.includes("C-101"), file.text.slice(0, 300));
  const denied = await books.page.goto(`${SERVER_URL}/console/test/people`);
  assert(denied.status() === 403, `${denied.status()}`);
});

const bench = await employs("developer", PHONE);
await check("console: a developer sees plugins and keys, and customers masked", async () => {
  for (const area of ["plugins", "keys", "deliveries"]) {
    const seen = await bench.page.goto(`${SERVER_URL}/console/test/${area}`);
    assert(seen.status() === 200, `${area}: ${seen.status()}`);
    await fits(bench.page);
    await picture(bench.page, `console-developer-${area}-360`);
  }
});

for (const [title, place, settings] of [["phone", await comes(PHONE), PHONE], ["desk", desk, DESK]]) {
  if (title === "phone") {
    await place.context.addCookies(await desk.context.cookies());
  }
  for (const language of LANGUAGES) {
    await check(`console: axe finds nothing on any page, ${language}, ${settings.viewport.width} px`, async () => {
      const addresses = [...PAGES.map((page) => `test/${page}`), `test/payments/${paid.id}`, "account", "sign-in"];
      for (const address of addresses) {
        const seen = await place.page.goto(`${SERVER_URL}/console/${address}${address.includes("?") ? "&" : "?"}lang=${language}`);
        assert(seen.status() === 200, `${address}: ${seen.status()}`);
        for (const folded of await place.page.locator("main details").all()) await folded.evaluate((one) => (one.open = true));
        await bringAxe(place.page);
        // Of a mark that is no text, such as a tick beside words for readers, axe cannot say what contrast it needs.
        const findings = (await axeFinds(place.page)).filter((one) => !one.includes("only non-text characters"));
        assert(findings.length === 0, `${address}: ${JSON.stringify(findings).slice(0, 1500)}`);
        await fits(place.page).catch((error) => {
          throw new Error(`${address}: ${error.message}`);
        });
        if (language === "hy" || title === "desk") await picture(place.page, `console-${address.replaceAll("/", "-")}-${language}-${settings.viewport.width}`);
      }
      return `${addresses.length} pages`;
    });
  }
}
await check("console: nothing was asked of another host, and no script complained", () => {
  for (const place of [desk, phone, office, books, bench]) {
    place.watch.onlyTo([SERVER_URL]);
    const errors = place.errors.filter((error) => !error.includes("403"));
    assert(errors.length === 0, errors.join("; "));
  }
  return "five browsers";
});
await browser.close();
