// One sale on the boards of all back offices: made, failed, paid, paid twice, given back, with the tasks that the second payment opens and
// its refund closes. Then records that ask for their payment: a deal, a lead and an order of the ERP, each entered and moved by hand.
import { PAUSE, launch, texts } from "./chromium.mjs";
import { everyGlyphIsThere, fits, headed } from "./look.mjs";
import { asksForRefund, decides, exceptionOf, makesPayment, readsPayment } from "./merchant.mjs";
import { Watch, assert, check, picture } from "./report.mjs";

const { PLAY_URL, SERVER_URL, BANK_URL } = process.env;
const DESK = { width: 1600, height: 1000 };
const PHONE = { width: 390, height: 844 };
/** Where a payment in this state stands at each. */
const DEAL_STAGES = { awaiting_payment: "PREPARATION", payment_failed: "UC_PAYFAIL", paid: "EXECUTING", full_refund: "APOLOGY" };
const LEAD_STATUSES = {
  awaiting_payment: "Awaiting payment", payment_failed: "Payment trouble", paid: "Paid", full_refund: "Closed - lost",
};
const ERP_STATUSES = { awaiting_payment: /^(created|pending)$/, payment_failed: /^failed$/, paid: /^paid$/, full_refund: /^refunded$/ };
/** Each with its board, and where the payment stands on it. */
const OFFICES = [
  { word: "bitrix24", find: (page, payment, view) => page.locator(`[data-stage='${DEAL_STAGES[view]}'] article.card`, { hasText: payment.id }) },
  { word: "amocrm", find: (page, payment, view) => column(page, LEAD_STATUSES[view]).locator("article.lead", { hasText: payment.id }) },
  { word: "sheets", find: (page, payment, view) => withText(page.locator("#grid tbody tr", { hasText: payment.id }), "td", new RegExp(`^${view}$`)) },
  { word: "erp", find: (page, payment, view) => withText(page.locator("#orders li.card", { hasText: payment.id }), ".tag", ERP_STATUSES[view]) },
];
/** Notes on a record: one when it was paid, one when the money went back. */
const NOTES = { bitrix24: ".comment", amocrm: ".comment" };

const browser = await launch();
const desk = await browser.newContext({ viewport: DESK, locale: "en-GB" });
desk.setDefaultTimeout(PAUSE);
const boards = {};
for (const { word } of OFFICES) await opens(word);
await sellsOnce();
await aDealAsks();
await aLeadAsks();
await theErpAsks();
for (const { word } of OFFICES) await looksGood(word);
await browser.close();

async function opens(word) {
  boards[word] = await desk.newPage();
  boards[word].on("pageerror", (error) => assert(false, `${word}: ${error.message}`));
  await check(`${word}: the board opens`, async () => {
    await boards[word].goto(`${PLAY_URL}/${word}`);
    await boards[word].locator("#faults label").first().waitFor();
    return boards[word].locator("h1").innerText();
  });
}

/** The sale, step by step, as each board shows it. */
async function sellsOnce() {
  const payment = await makesPayment("vpos", "office-1");
  await allShow(payment, "awaiting_payment", "1-awaiting");
  const customer = await browser.newContext({ viewport: PHONE, locale: "hy-AM" });
  customer.setDefaultTimeout(PAUSE);
  const requests = new Watch(customer);
  const first = await customer.newPage();
  await check("the customer's card is declined", async () => {
    await first.goto(payment.checkout_url);
    await goesToBank(first);
    await first.locator("button.decline").click();
    return headed(first, texts.hy.failed_heading);
  });
  await allShow(payment, "payment_failed", "2-failed");
  const second = await customer.newPage();
  await check("the customer tries again in two tabs, and pays in one", async () => {
    await bankFaults({ cancel: "fail" });
    await goesToBank(first);
    await second.goto(payment.checkout_url);
    await headed(second, texts.hy.unfinished_heading);
    await second.locator("form:has(input[name=again]) button").click();
    await second.waitForURL(`${BANK_URL}/pay/**`);
    assert(first.url() !== second.url(), `both tabs lead to ${first.url()}`);
    return paysAtBank(first);
  });
  await allShow(payment, "paid", "3-paid");
  await notes(payment, "paid", 1);
  const exception = await check("the customer pays in the other tab, too", async () => {
    await paysAtBank(second);
    await bankFaults({ cancel: "ok" });
    return exceptionOf(payment, "duplicate_payment");
  }, ({ id }) => id);
  await task(exception, "open", "4-task-open");
  await check("the operator has the second payment given back", async () => {
    await decides(exception, "refund", "The customer paid in two tabs.");
    const settled = await exceptionOf(payment, "duplicate_payment", (one) => one.resolved_at);
    return settled.resolution ?? settled.resolved_at;
  });
  await task(exception, "closed", "5-task-closed");
  await check("all of the money goes back", async () => {
    await asksForRefund(payment, "The customer changed their mind.");
    const { status } = await until(async () => {
      const now = await readsPayment(payment.id);
      return now.status === "refunded" && now;
    }, () => readsPayment(payment.id));
    return status;
  });
  await allShow(payment, "full_refund", "6-refunded");
  await notes(payment, "full_refund", 2);
  await check("the customer was asked nothing else", async () => {
    requests.onlyTo([SERVER_URL, BANK_URL]);
    assert((await customer.cookies()).length === 0, "a cookie was set");
    return `${requests.count} requests`;
  });
  await customer.close();
}

/** A manager makes a deal and moves it into the stage that asks. */
async function aDealAsks() {
  const page = boards.bitrix24;
  await page.bringToFront();
  const card = () => page.locator("article.card", { hasText: "Wedding cake" });
  await check("a deal is made and moved into the stage that asks", async () => {
    await page.locator("#deal_name").fill("Wedding cake");
    await page.locator("#amount").fill("45000");
    await page.getByRole("button", { name: "Add the deal" }).click();
    await card().getByRole("combobox").selectOption({ label: "Invoiced" });
  });
  const link = await linkOf("bitrix24", card);
  await shot("bitrix24", "7-asked", card());
  await pays(link);
  await check("bitrix24: the deal that asked is in the stage of paid ones", () =>
    page.locator("[data-stage='EXECUTING'] article.card", { hasText: "Wedding cake" }).waitFor());
  await shot("bitrix24", "8-asked-paid", card());
}

/** The same of a lead. */
async function aLeadAsks() {
  const page = boards.amocrm;
  await page.bringToFront();
  const card = () => page.locator("article.lead", { hasText: "Cooking course" });
  await check("a lead is made and moved into the status that asks", async () => {
    await page.locator("#name").fill("Cooking course");
    await page.locator("#price").fill("30000");
    await page.getByRole("button", { name: "Add to the pipeline" }).click();
    await card().getByRole("button", { name: "Cooking course" }).click();
    await page.locator("#status").selectOption({ label: "Awaiting payment" });
    await page.getByRole("button", { name: "Move", exact: true }).click();
  });
  const link = await linkOf("amocrm", card);
  await shot("amocrm", "7-asked", card());
  await pays(link);
  await check("amocrm: the lead that asked is in the status of paid ones", () =>
    column(page, "Paid").locator("article.lead", { hasText: "Cooking course" }).waitFor());
  await shot("amocrm", "8-asked-paid", card());
}

/** A clerk enters an order; its link comes back by a webhook. */
async function theErpAsks() {
  const page = boards.erp;
  await page.bringToFront();
  const card = () => page.locator("#orders li.card", { hasText: "SHOP-7" });
  await check("an order is entered at the ERP", async () => {
    await page.locator("#order_id").fill("SHOP-7");
    await page.locator("#description").fill("Box of cookies");
    await page.locator("#price").fill("4800");
    await page.locator("#total").fill("4800");
    await page.getByRole("button", { name: "New order" }).click();
  });
  const link = await linkOf("erp", card);
  await shot("erp", "7-asked", card());
  await pays(link);
  await check("erp: the order that asked is paid", () => withText(card(), ".tag", /^paid$/).waitFor());
  await shot("erp", "8-asked-paid", card());
}

/** Waits until every board shows the payment so, and takes its picture. */
async function allShow(payment, view, step) {
  for (const { word, find } of OFFICES) {
    const page = boards[word];
    await page.bringToFront();
    await check(`${word}: the payment is shown as ${view}`, async () => {
      const found = find(page, payment, view);
      await found.first().waitFor().catch(async () => {
        throw new Error(`not seen within ${PAUSE / 1000} s; seen: ${(await page.locator("body").innerText()).slice(0, 2000)}`);
      });
      assert((await found.count()) === 1, `it is there ${await found.count()} times`);
    });
    await shot(word, step, find(page, payment, view));
  }
}

/** The record has so many notes, and one that was taken twice has none more. */
async function notes(payment, view, count) {
  for (const { word, find } of OFFICES.filter(({ word }) => NOTES[word])) {
    await check(`${word}: the record has ${count} notes`, async () => {
      const all = find(boards[word], payment, view).locator(NOTES[word]);
      await until(async () => (await all.count()) === count, () => all.allInnerTexts());
      return (await all.last().innerText()).replace(/\s+/g, " ");
    });
  }
}

/** The task about the exception, in both CRMs. */
async function task({ id }, state, step) {
  const find = {
    bitrix24: () => boards.bitrix24.locator("#tasks li.card", { hasText: id }).filter({ has: boards.bitrix24.locator(".tag", { hasText: state }) }),
    amocrm: () => boards.amocrm.locator(state === "open" ? ".task:not(.done)" : ".task.done", { hasText: id }),
  };
  for (const word of ["bitrix24", "amocrm"]) {
    await boards[word].bringToFront();
    await check(`${word}: the task is ${state}`, async () => {
      await find[word]().first().waitFor();
      assert((await find[word]().count()) === 1, "there are two of it");
      return (await find[word]().innerText()).split("\n")[0];
    });
    await shot(word, step, find[word]());
  }
}

/** The payment's address, once it has come back to the record. */
async function linkOf(word, card) {
  return check(`${word}: its link comes back`, () => until(async () => {
    const shown = (await card().count()) === 1 ? await card().innerText() : "";
    return shown.match(/https?:\/\/\S+\/p\/[\w-]+/)?.[0];
  }, () => card().allInnerTexts()));
}

async function pays(link) {
  await check("the customer pays by it", async () => {
    const customer = await browser.newContext({ viewport: PHONE, locale: "hy-AM" });
    customer.setDefaultTimeout(PAUSE);
    const page = await customer.newPage();
    await page.goto(link);
    await goesToBank(page);
    const heading = await paysAtBank(page);
    await customer.close();
    return heading;
  });
}

/** Presses "Pay", and chooses the bank where there is a choice. */
async function goesToBank(page) {
  await page.locator("form button[type=submit]").first().click();
  await page.waitForURL(`${BANK_URL}/pay/**`);
}

async function paysAtBank(page) {
  await page.locator("button.pay").click();
  await page.waitForURL(`${SERVER_URL}/p/**`);
  return headed(page, texts.hy.paid_heading);
}

async function bankFaults(faults) {
  const answer = await fetch(`${PLAY_URL}/play/bank/faults`, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(faults),
  });
  assert(answer.ok, `the bank's faults: ${answer.status} ${await answer.text()}`);
}

async function shot(word, step, what) {
  // A board that is drawn anew meanwhile has another element in its place: whatever stands there then is brought into view.
  await what.first().evaluate((one) => one.scrollIntoView({ block: "nearest" }));
  await picture(boards[word], `office-${word}-${step}`);
}

async function looksGood(word) {
  const page = boards[word];
  await page.bringToFront();
  await check(`${word}: the board fits a desk and a phone`, async () => {
    const wide = await fits(page);
    await page.setViewportSize(PHONE);
    const narrow = await fits(page);
    await picture(page, `office-${word}-phone`);
    await page.setViewportSize(DESK);
    return `${wide}, ${narrow}`;
  });
  await check(`${word}: the board has every glyph`, () => everyGlyphIsThere(page, "🏷"));
}

/** A status of the account's board, by its name. */
function column(page, name) {
  return page.locator(".column").filter({ has: page.locator("h2", { hasText: new RegExp(`^${name} `) }) });
}

/** Those that have such a part with exactly this text. */
function withText(all, part, text) {
  return all.filter({ has: all.page().locator(part, { hasText: text }) });
}

async function until(look, seen) {
  const deadline = Date.now() + PAUSE;
  for (;;) {
    const found = await look();
    if (found) return found;
    assert(Date.now() < deadline, `not seen within ${PAUSE / 1000} s; seen: ${JSON.stringify(await seen())}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}
