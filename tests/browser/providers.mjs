// One sale by each provider in Chromium, from the payment that the merchant makes by the API to its receipt: by redirect, and by
// the form that the page itself posts under its strict policy, with script and without.
import { PAUSE, launch, texts } from "./chromium.mjs";
import { fits, headed } from "./look.mjs";
import { makesPayment, readsPayment } from "./merchant.mjs";
import { Refusals, formsLeadOnlyTo, isRefusedElsewhere, oneScriptIsNamed } from "./policy.mjs";
import { Watch, assert, check, picture } from "./report.mjs";

const { PLAY_URL, SERVER_URL, BANK_URL } = process.env;
const PHONE = { width: 390, height: 844 };
/** Each with where its page lies; those with a form get customers by one, and wallets ask for no card. */
const PROVIDERS = [
  { word: "vpos", name: "VPOS.am", page: `${BANK_URL}/pay/` },
  { word: "rbs", name: "ArCa iPay", page: `${BANK_URL}/rbs/` },
  { word: "ameriabank", name: "Ameriabank vPOS", page: `${BANK_URL}/ameriabank/` },
  { word: "fastshift", name: "FastShift", page: `${BANK_URL}/fastshift/`, isWallet: true },
  { word: "idram", name: "Idram", page: `${BANK_URL}/idram/payment/`, isWallet: true, byForm: true },
  { word: "telcell", name: "Telcell", page: `${BANK_URL}/telcell/`, isWallet: true, byForm: true },
];

const browser = await launch();
for (const provider of PROVIDERS) {
  await pays(provider);
  if (provider.byForm) {
    await paysWithoutScript(provider);
    await cannotBeTamperedWith(provider);
  }
}
await browser.close();

/** A sale as most customers see it. */
async function pays(provider) {
  const { word, name, isWallet, byForm } = provider;
  const customer = await opens(provider, "1", {});
  const { page, refusals } = customer;
  await check(`${word}: the page says what will be asked for there`, async () => {
    const note = texts.hy[isWallet ? "wallet_note" : "card_note"].replace("{provider}", name);
    const shown = await page.locator("main").innerText();
    assert(shown.includes(note), `«${note}» is not in: ${shown}`);
  });
  await check(`${word}: the page fits`, () => fits(page));
  await picture(page, `${word}-1-ready`);
  await check(`${word}: the press leads to its page${byForm ? " by a form that posts itself" : ""}`, async () => {
    const answer = await presses(page);
    if (byForm) oneScriptIsNamed(formsLeadOnlyTo(answer, BANK_URL));
    await arrives(page, provider);
    return page.url();
  });
  await check(`${word}: no policy stood in the way`, () => refusals.none());
  await check(`${word}: its page fits`, () => fits(page));
  await picture(page, `${word}-3-gateway`);
  await endsPaid(customer, provider, word);
}

/** The same in a browser without script: the form is pressed by hand. */
async function paysWithoutScript(provider) {
  const { word } = provider;
  const customer = await opens(provider, "2", { javaScriptEnabled: false });
  const { page } = customer;
  await check(`${word}: without script, the page hands over by a button`, async () => {
    formsLeadOnlyTo(await presses(page), BANK_URL);
    await page.waitForURL(`${SERVER_URL}/p/*/pay`);
    const button = page.locator("#handover button[type=submit]");
    const box = await button.boundingBox();
    assert(box && box.height >= 44 && box.y + box.height <= PHONE.height, `the button lies at ${JSON.stringify(box)}`);
    return `«${await button.innerText()}», down to ${Math.round(box.y + box.height)} of ${PHONE.height} px`;
  });
  await check(`${word}: that page fits`, () => fits(page));
  await picture(page, `${word}-2-handing-over`);
  await check(`${word}: the button leads to its page`, async () => {
    await page.locator("#handover button[type=submit]").click();
    await arrives(page, provider);
  });
  await endsPaid(customer, provider, `${word} without script`);
}

/** A form that leads elsewhere is refused by the browser, and the page is of use all the same. */
async function cannotBeTamperedWith(provider) {
  const { word } = provider;
  const { page, context, requests, refusals, payment } = await opens(provider, "3", {});
  await check(`${word}: a form that leads elsewhere is refused`, async () => {
    // An answer without a page leaves the browser where it is.
    await context.route(`${BANK_URL}/**`, (route) => route.fulfill({ status: 204 }));
    const handedOver = page.waitForRequest((request) => request.url().startsWith(BANK_URL));
    await presses(page);
    await handedOver;
    const seen = await isRefusedElsewhere(page, `${PLAY_URL}/elsewhere`);
    requests.onlyTo([SERVER_URL, BANK_URL]);
    refusals.one("form-action");
    return seen;
  });
  await check(`${word}: after that nothing is paid, and the way goes on`, async () => {
    await context.unroute(`${BANK_URL}/**`);
    await page.goto(payment.checkout_url);
    await page.locator("form button[type=submit]").first().click();
    await arrives(page, provider);
    const { status } = await readsPayment(payment.id);
    assert(status === "pending", `the payment is ${status}`);
  });
  await context.close();
}

/** A payment of its own, opened by a customer whom the browser has never seen. */
async function opens({ word }, number, settings) {
  const payment = await check(`${word}: a payment is made, sale ${number}`, async () => {
    const made = await makesPayment(word, `${word}-${number}`);
    assert(made.checkout_url.startsWith(`${SERVER_URL}/p/`), `its page is ${made.checkout_url}`);
    return made;
  }, (made) => made.id);
  const context = await browser.newContext({ viewport: PHONE, deviceScaleFactor: 2, locale: "hy-AM", ...settings });
  context.setDefaultTimeout(PAUSE);
  const [requests, refusals] = [new Watch(context), new Refusals(context)];
  const page = await context.newPage();
  await check(`${word}: its page leads to one gateway`, async () => {
    const answer = await page.goto(payment.checkout_url);
    await headed(page, texts.hy.pay);
    return formsLeadOnlyTo(answer, BANK_URL).shown;
  });
  return { page, context, requests, refusals, payment };
}

/** Presses the page's button; answers the server's answer to that. */
async function presses(page) {
  const answered = page.waitForResponse((answer) => answer.url().endsWith("/pay") && answer.url().startsWith(`${SERVER_URL}/p/`));
  await page.locator("form button[type=submit]").click();
  return answered;
}

async function arrives(page, provider) {
  await page.waitForURL((url) => url.href.startsWith(provider.page));
  await page.locator("button.pay").waitFor();
}

/** Pays where the customer stands and reads the receipt. */
async function endsPaid({ page, context, requests, refusals, payment }, provider, name) {
  await check(`${name}: the customer pays there and comes back`, async () => {
    await page.locator("button.pay").click();
    await page.waitForURL(`${SERVER_URL}/p/**`);
    return headed(page, texts.hy.paid_heading);
  });
  await check(`${name}: API and receipt agree`, async () => {
    const { status, provider_reference: reference } = await readsPayment(payment.id);
    assert(status === "paid", `the payment is ${status}`);
    assert(reference, "the payment has no reference of the provider");
    const receipt = await page.locator("main").innerText();
    for (const said of [reference, provider.name]) assert(receipt.includes(said), `the receipt lacks ${said}: ${receipt}`);
    const paidAt = await page.locator("main time").getAttribute("datetime");
    assert(Math.abs(Date.now() - Date.parse(paidAt)) < 5 * 60_000, `the receipt says that it was paid at ${paidAt}`);
    return `paid, ${reference}, ${paidAt}`;
  });
  await check(`${name}: the receipt fits`, () => fits(page));
  await picture(page, `${name.replaceAll(" ", "-")}-4-paid`);
  await check(`${name}: nothing else was asked, no cookie set, nothing refused`, async () => {
    requests.onlyTo([SERVER_URL, BANK_URL]);
    assert((await context.cookies()).length === 0, "a cookie was set");
    refusals.none();
    return `${requests.count} requests`;
  });
  await context.close();
}
