// What customers' browsers do to a payment beside paying it: no script, no cookies, another browser on the way back, the back button,
// pages kept in memory, addresses that a chat app has added to, double presses, two tabs, a status stream that is cut. However it went, the bank has been asked
// for one session, and the payment is paid once.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PAUSE, launch, launchKeepingPages, launchWithProfile, texts } from "./chromium.mjs";
import { headed } from "./look.mjs";
import { makesPayment, readsPayment } from "./merchant.mjs";
import { Watch, assert, check } from "./report.mjs";

const { PLAY_URL, SERVER_URL, BANK_URL } = process.env;
const SETTINGS = { viewport: { width: 390, height: 844 }, locale: "hy-AM" };
/** What Facebook adds to the links in its messages. */
const FBCLID = "fbclid=IwAR0aBcD-1_2";

const browser = await launch();
let made = 0;
await flow("without script", { javaScriptEnabled: false }, async ({ page, payment }) => {
  await page.goto(payment.checkout_url);
  await paysAtBank(page);
});
await flow("with another browser on the way back", {}, async ({ page, payment }) => {
  await page.goto(payment.checkout_url);
  await goesToBank(page);
  const elsewhere = await opens(browser, { userAgent: "Mozilla/5.0 (another browser)" });
  await elsewhere.goto(page.url());
  await elsewhere.locator("button.pay").click();
  await saysPaid(elsewhere);
  await elsewhere.context().close();
  await page.goto(payment.checkout_url);
  await saysPaid(page);
});
await flow("with the back button", {}, ({ page, payment }) => goesBackAndForth(page, payment));
await flow("with fbclid in the address", {}, async ({ page, payment }) => {
  await page.goto(`${payment.checkout_url}?${FBCLID}`);
  await paysAtBank(page, async (bank) => {
    const back = bank.waitForRequest((request) => request.url().startsWith(`${SERVER_URL}/r/`));
    await bank.locator("button.pay").click();
    const address = (await back).url();
    await saysPaid(bank);
    await bank.goto(`${address}${address.includes("?") ? "&" : "?"}${FBCLID}`);
  });
});
for (const [how, javaScriptEnabled] of [["", true], [", without script", false]]) {
  await flow(`with a double press${how}`, { javaScriptEnabled }, async ({ page, payment }) => {
    await page.goto(payment.checkout_url);
    await page.locator("form button[type=submit]").dblclick({ noWaitAfter: true });
    await page.waitForURL(`${BANK_URL}/pay/**`);
    await page.locator("button.pay").click();
    await saysPaid(page);
  });
}
await flow("with the form sent five times at once", {}, async ({ page, payment }) => {
  await page.goto(payment.checkout_url);
  const addresses = await sendsAtOnce(page, 5);
  assert(new Set(addresses).size === 1 && addresses[0].startsWith(`${BANK_URL}/pay/`), `it led to ${addresses.join(", ")}`);
  await page.goto(addresses[0]);
  await page.locator("button.pay").click();
  await saysPaid(page);
});
await flow("in two tabs", {}, async ({ page, payment }) => {
  const second = await page.context().newPage();
  for (const tab of [page, second]) await tab.goto(payment.checkout_url);
  for (const tab of [page, second]) await goesToBank(tab);
  assert(page.url() === second.url(), `the tabs went to ${page.url()} and ${second.url()}`);
  await page.locator("button.pay").click();
  await saysPaid(page);
  await second.goto(payment.checkout_url);
  await saysPaid(second);
});
await flow("with a page left open", {}, ({ page, payment }) => changesByItself(page, payment));
await flow("with the status stream cut", {}, async ({ page, payment }) => {
  let cut = 0;
  await page.route(`${SERVER_URL}/p/*/status`, (route) => {
    if (route.request().resourceType() !== "eventsource") return route.continue();
    cut += 1;
    return route.abort();
  });
  await changesByItself(page, payment);
  assert(cut > 0, "the page did not ask for a stream");
});
await browser.close();
await withoutCookies();
await withPagesKept();

/** Makes a payment, lets a customer do this to it, and looks at what bank and merchant have of it. */
async function flow(name, settings, does, within = browser) {
  made += 1;
  const payment = await makesPayment("vpos", `flow-${made}`);
  const before = new Set((await sessions()).map(({ id }) => id));
  const page = await opens(within, settings);
  const requests = new Watch(page.context());
  await check(`${name}: the payment is paid`, () => does({ page, payment }));
  await check(`${name}: one session at the bank, paid once`, async () => {
    const own = (await sessions()).filter(({ id }) => !before.has(id));
    assert(own.length === 1 && own[0].status === "paid", `the bank has ${JSON.stringify(own.map(({ status }) => status))}`);
    const { status } = await readsPayment(payment.id);
    assert(status === "paid", `the payment is ${status}`);
    requests.onlyTo([SERVER_URL, BANK_URL]);
    assert((await page.context().cookies()).length === 0, "a cookie was set");
    return `session ${own[0].id}`;
  });
  await page.context().close();
}

async function opens(within, settings) {
  const context = await within.newContext({ ...SETTINGS, ...settings });
  context.setDefaultTimeout(PAUSE);
  return context.newPage();
}

async function sessions() {
  const answer = await fetch(`${PLAY_URL}/play/state`);
  return (await answer.json()).bank.sessions;
}

async function goesToBank(page) {
  await page.locator("form button[type=submit]").first().click();
  await page.waitForURL(`${BANK_URL}/pay/**`);
}

async function paysAtBank(page, pays = (bank) => bank.locator("button.pay").click()) {
  await goesToBank(page);
  await pays(page);
  await saysPaid(page);
}

async function saysPaid(page) {
  await page.waitForURL(`${SERVER_URL}/p/**`);
  await headed(page, texts.hy.paid_heading);
  assert((await page.locator("form").count()) === 0, "a paid page has a form");
}

/** From the bank back to the page, which offers to go on; and from the receipt back, where nothing may be paid again. */
async function goesBackAndForth(page, payment) {
  await page.goto(payment.checkout_url);
  await goesToBank(page);
  const bank = page.url();
  await goesBack(page, 1);
  await shows(page, texts.hy.unfinished_heading);
  await goesToBank(page);
  assert(page.url() === bank, `going on led to ${page.url()}, not ${bank}`);
  await page.locator("button.pay").click();
  await saysPaid(page);
  // Over the bank's page to where the press was.
  await goesBack(page, 2);
  await shows(page, texts.hy.paid_heading);
  assert((await page.locator("form").count()) === 0, "one step back from the receipt, the payment can be made again");
}

/** Presses "back" so often. A page that was kept is not loaded again, so nothing is waited for here. */
async function goesBack(page, steps) {
  await page.evaluate((by) => setTimeout(() => history.go(-by)), steps);
}

/** The page as the browser shows it in the end, without being asked for again. */
async function shows(page, heading) {
  const deadline = Date.now() + PAUSE;
  for (;;) {
    // Between two pages there is nothing to read.
    const seen = await page.evaluate(() => `${location.href} «${document.querySelector("h1")?.textContent}»`).catch((error) => error.message);
    if (seen.includes(heading) && seen.startsWith(`${SERVER_URL}/p/`)) return;
    assert(Date.now() < deadline, `expected «${heading}», saw ${seen}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

/** The page stands open while the payment is made elsewhere, and says so without being asked for again. */
async function changesByItself(page, payment) {
  await page.goto(payment.checkout_url);
  const elsewhere = await opens(browser, {});
  await elsewhere.goto(payment.checkout_url);
  await paysAtBank(elsewhere);
  await elsewhere.context().close();
  await shows(page, texts.hy.paid_heading);
}

/** The page's own form, posted so many times at the same moment; answers where each led. */
async function sendsAtOnce(page, times) {
  const form = page.locator("form").first();
  const fields = await form.locator("input[type=hidden]").evaluateAll((all) => all.map((one) => [one.name, one.value]));
  const action = new URL(await form.getAttribute("action"), page.url()).href;
  const send = () => fetch(action, { method: "POST", redirect: "manual", body: new URLSearchParams(fields), headers: { origin: SERVER_URL } });
  const answers = await Promise.all(Array.from({ length: times }, send));
  return answers.map((answer) => answer.headers.get("location") ?? `status ${answer.status}`);
}

/** A browser that keeps no cookie and no storage for anybody. */
async function withoutCookies() {
  const profile = await mkdtemp(join(tmpdir(), "kamurj-profile-"));
  await mkdir(join(profile, "Default"));
  const blocked = { profile: { default_content_setting_values: { cookies: 2 } } };
  await writeFile(join(profile, "Default", "Preferences"), JSON.stringify(blocked));
  const context = await launchWithProfile(profile, SETTINGS);
  // The profile has one context, which the flow closes.
  const within = { newContext: async () => context };
  await flow("without cookies", {}, async ({ page, payment }) => {
    await page.goto(payment.checkout_url);
    const kept = await page.evaluate(() => {
      document.cookie = "probe=1";
      return document.cookie;
    });
    assert(kept === "", `this browser keeps ${kept}, so that nothing is shown by what follows`);
    await paysAtBank(page);
  }, within);
  await rm(profile, { recursive: true, force: true });
}

/** A browser that keeps pages in memory and shows them again as they were. */
async function withPagesKept() {
  const keeping = await launchKeepingPages();
  await flow("with pages kept in memory", {}, ({ page, payment }) => goesBackAndForth(page, payment), keeping);
  await keeping.close();
}
