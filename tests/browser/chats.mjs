// One sale in each chat, as people make it: the customer writes for the menu on the chat's page, taps the lesson, follows the link
// in the same browser, pays at the bank, and comes back to read in the chat that it is paid, and what was bought.
import { PAUSE, launch, texts } from "./chromium.mjs";
import { everyGlyphIsThere, fits, headed } from "./look.mjs";
import { Watch, assert, check, picture } from "./report.mjs";

const { PLAY_URL, SERVER_URL, BANK_URL, LESSON_ACCESS } = process.env;
const DESK = { width: 1280, height: 900 };
const PHONE = { width: 360, height: 800 };
/** Each with its page, and how its parts are called there. */
const CHATS = [
  { word: "telegram", path: "/", log: "Messages", field: "Message" },
  { word: "whatsapp", path: "/", log: "WhatsApp messages", field: "WhatsApp message" },
  { word: "messenger", path: "/messenger", log: "Messages", field: "Message" },
  { word: "instagram", path: "/instagram", log: "Messages", field: "Message" },
];
const LESSON = "Առցանց դաս";
const PAID = "✅ Վճարված է";
/** What phones draw with a font of their own, which a server need not have. */
const EMOJI = "✅";

const browser = await launch();
for (const chat of CHATS) await sells(chat);
await browser.close();

async function sells({ word, path, log, field }) {
  const context = await browser.newContext({ viewport: DESK, locale: "hy-AM" });
  context.setDefaultTimeout(PAUSE);
  const requests = new Watch(context);
  const page = await context.newPage();
  const messages = page.getByRole("log", { name: log, exact: true });
  const section = page.locator("section").filter({ has: messages });
  await check(`${word}: the chat's page opens`, async () => {
    await page.goto(`${PLAY_URL}${path}`);
    await section.getByRole("textbox", { name: field, exact: true }).waitFor();
  });
  const before = await counts(messages);
  const links = await hrefs(section);
  await check(`${word}: the customer writes «մենյու» and is shown what is on sale`, async () => {
    await section.getByRole("textbox", { name: field, exact: true }).fill("մենյու");
    await section.getByRole("button", { name: "Send", exact: true }).click();
    const lesson = section.getByRole("button", { name: LESSON }).last();
    await lesson.waitFor();
    return `«${(await lesson.innerText()).replace(/\s+/g, " ")}»`;
  });
  const link = await check(`${word}: a tap on the lesson brings its link`, async () => {
    await section.getByRole("button", { name: LESSON }).last().click();
    const found = await until(async () => (await hrefs(section)).find((url) => !links.includes(url)), () => messages.innerText());
    assert(found.startsWith(`${SERVER_URL}/p/`), `the link leads to ${found}`);
    return found;
  });
  await check(`${word}: the customer follows it and pays at the bank`, async () => {
    const opened = context.waitForEvent("page");
    await section.locator(`a[href='${link}']`).last().click();
    const payment = await opened;
    await payment.setViewportSize(PHONE);
    await payment.waitForLoadState();
    assert(payment.url() === link, `the button opened ${payment.url()}`);
    await payment.locator("form button[type=submit]").click();
    await payment.waitForURL(`${BANK_URL}/pay/**`);
    await payment.locator("button.pay").click();
    await payment.waitForURL(`${SERVER_URL}/p/**`);
    const heading = await headed(payment, texts.hy.paid_heading);
    await payment.close();
    return heading;
  });
  await check(`${word}: the chat says once that it is paid, and gives access`, async () => {
    await page.bringToFront();
    const told = async () => {
      const now = await counts(messages);
      return now.paid > before.paid && now.access > before.access && now;
    };
    const now = await until(told, () => messages.innerText());
    assert(now.paid === before.paid + 1 && now.access === before.access + 1, `it is said more than once: ${await messages.innerText()}`);
    return (await messages.innerText()).split("\n").find((line) => line.includes(LESSON_ACCESS));
  });
  await check(`${word}: the chat's page fits a desk and a phone`, async () => {
    const wide = await fits(page);
    await page.setViewportSize(PHONE);
    const narrow = await fits(page);
    await page.setViewportSize(DESK);
    return `${wide}, ${narrow}`;
  });
  await check(`${word}: the chat's page has every glyph`, () => everyGlyphIsThere(page, EMOJI));
  await messages.evaluate((one) => one.scrollTo(0, one.scrollHeight));
  await picture(page, `chat-${word}-paid`);
  await check(`${word}: nothing else was asked, no cookie set`, async () => {
    requests.onlyTo([PLAY_URL, SERVER_URL, BANK_URL]);
    assert((await context.cookies()).length === 0, "a cookie was set");
    return `${requests.count} requests`;
  });
  await context.close();
}

/** How often the chat says that something is paid, and tells the access. */
async function counts(messages) {
  const text = await messages.innerText();
  return { paid: text.split(PAID).length - 1, access: text.split(LESSON_ACCESS).length - 1 };
}

/** Where the chat's buttons and links lead. */
function hrefs(section) {
  return section.getByRole("link").evaluateAll((all) => all.map((one) => one.href));
}

async function until(look, seen) {
  const deadline = Date.now() + PAUSE;
  for (;;) {
    const found = await look();
    if (found) return found;
    assert(Date.now() < deadline, `not seen within ${PAUSE / 1000} s; seen: ${await seen()}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}
