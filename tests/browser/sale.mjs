// Drives whole sales in Chromium: the play page is customer, bank and CRM; the checkout page is looked at as a phone in
// Armenia shows it. Talks to nothing but the server and the sandbox that `cargo xtask browser` started.
import { LANGUAGES, PAUSE, launch, texts } from "./chromium.mjs";
import { Play } from "./play.mjs";
import { everyGlyphIsThere, fits, headed, payButtonIsReachable, readsWithoutScript } from "./look.mjs";
import { Watch, assert, check, picture } from "./report.mjs";

const { PLAY_URL, SERVER_URL, BANK_URL } = process.env;

const PHONE = { width: 360, height: 800 };
const PAID_STAGE = "EXECUTING";

const browser = await launch();
const desk = await browser.newContext({ viewport: { width: 1280, height: 900 }, deviceScaleFactor: 2, locale: "hy-AM" });
desk.setDefaultTimeout(PAUSE);
const requests = new Watch(desk);
const play = new Play(await desk.newPage(), PLAY_URL);

await check("the play page opens", () => play.open());
await paysInThreeLanguages();
await isDeclinedAndTriesAgain();
await paysWithoutScript();
await check("nothing else was asked, no cookie set", async () => {
  requests.onlyTo([PLAY_URL, SERVER_URL, BANK_URL]);
  assert((await desk.cookies()).length === 0, "a cookie was set");
  return `${requests.count} requests to ${requests.hosts.size} addresses of ours`;
});
await browser.close();

/** The undisturbed sale, with a close look at every page on the way. */
async function paysInThreeLanguages() {
  const link = await buys("the first item");
  const page = await opensOnPhone(link);
  for (const language of LANGUAGES) {
    if (language !== "hy") {
      await check(`the page can be read in ${language}`, async () => {
        await page.locator(`nav a[lang=${language}]`).click();
        await page.waitForURL(/[?&]lang=/);
      });
    }
    await looksGood(page, language, "ready", texts[language].pay);
    await check(`the pay button can be reached in ${language}`, () => payButtonIsReachable(page, PHONE));
  }
  await page.goto(link);
  await paysAtBank(page, true);
  await looksGood(page, "hy", "paid", texts.hy.paid_heading);
  await everybodyIsTold(1);
  await check("the play page fits", () => fits(play.page));
  await picture(play.page, "play");
  await page.close();
}

/** A declined card, then another try by the same link. */
async function isDeclinedAndTriesAgain() {
  const link = await buys("another, with a card that is declined");
  const page = await opensOnPhone(link);
  await check("the bank declines", async () => {
    await goesToBank(page);
    await page.locator("button.decline").click();
    await page.waitForURL(`${SERVER_URL}/p/**`);
  });
  await looksGood(page, "hy", "failed", texts.hy.failed_heading);
  await check("the chat offers another try", () => play.message((message) => message.keys > 0 && message.isNew));
  await paysAtBank(page, false);
  await check("the page says paid", () => headed(page, texts.hy.paid_heading));
  await everybodyIsTold(2);
  await check("the chat offers no other try any more", () => play.message((message) => message.isNew && message.keys === 0));
  await page.close();
}

/** The same with script switched off in the browser. */
async function paysWithoutScript() {
  const link = await buys("a third, in a browser without script");
  const plain = await browser.newContext({ viewport: PHONE, javaScriptEnabled: false, locale: "en-GB" });
  plain.setDefaultTimeout(PAUSE);
  const plainRequests = new Watch(plain);
  const page = await plain.newPage();
  await check("the page needs no script", async () => {
    await page.goto(`${link}?lang=en`);
    return readsWithoutScript(page, texts.en.pay);
  });
  await paysAtBank(page, false);
  await check("the page says paid, in the language that was chosen", () => headed(page, texts.en.paid_heading));
  await everybodyIsTold(3);
  await check("without script, too, nothing else was asked", async () => {
    plainRequests.onlyTo([SERVER_URL, BANK_URL]);
    assert((await plain.cookies()).length === 0, "a cookie was set");
    return `${plainRequests.count} requests`;
  });
  await plain.close();
}

/** In the chat: /start, an item, the link. */
async function buys(what) {
  return check(`the customer buys ${what}`, async () => {
    await play.start();
    await play.pickFirst();
    const link = await play.link();
    assert(link.startsWith(`${SERVER_URL}/p/`), `the link leads to ${link}`);
    return link;
  });
}

async function opensOnPhone(link) {
  const popup = desk.waitForEvent("page");
  await play.pressLink(link);
  const page = await popup;
  await page.setViewportSize(PHONE);
  await page.waitForLoadState();
  assert(page.url() === link, `the button opened ${page.url()}`);
  return page;
}

async function goesToBank(page) {
  await page.locator("form button[type=submit]").click();
  await page.waitForURL(`${BANK_URL}/pay/**`);
}

async function paysAtBank(page, withPicture) {
  await check("the customer pays at the bank", async () => {
    await goesToBank(page);
    if (withPicture) await picture(page, "bank");
    await page.locator("button.pay").click();
    await page.waitForURL(`${SERVER_URL}/p/**`);
  });
}

async function looksGood(page, language, name, heading) {
  await check(`the ${name} page is right in ${language}`, async () => {
    const shown = await headed(page, heading);
    const lang = await page.locator("html").getAttribute("lang");
    assert(lang === language, `the page says that it is in ${lang}`);
    return shown;
  });
  await check(`the ${name} page fits in ${language}`, () => fits(page));
  await check(`the ${name} page has every glyph in ${language}`, () => everyGlyphIsThere(page));
  await picture(page, `${name}-${language}`);
}

async function everybodyIsTold(sales) {
  await check("the chat shows the payment as paid", () =>
    play.message((message) => message.isLink && message.edited && message.keys === 0 && message.text.includes("✅")));
  await check("the deal is in the paid column, with one comment", () => play.deals(PAID_STAGE, sales));
}
