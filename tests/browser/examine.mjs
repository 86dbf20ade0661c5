// Holds every sample page, in every language, to what all pages promise. One tab for each core shows a page once and looks at it in
// every way; everything that is wrong is told at the end, by check.
import { availableParallelism } from "node:os";
import { launch } from "./chromium.mjs";
import { axeFinds, bringAxe } from "./gallery/axe.mjs";
import { Findings } from "./gallery/findings.mjs";
import { invalid, tooHeavy, weight } from "./gallery/markup.mjs";
import { lostInForcedColours, misprinted, moves } from "./gallery/media.mjs";
import { SCHEMES, STOPPED, Viewer, samplePages, shared } from "./gallery/pages.mjs";
import { lostByKeyboard, tooSmall } from "./gallery/reach.mjs";
import { strained } from "./gallery/strain.mjs";
import { misled, misspoken } from "./gallery/words.mjs";

/** Where axe looks: the narrowest screen and a desk. */
const AXE_WIDTHS = [320, 1280];

const started = Date.now();
const samples = await samplePages(process.env.PAGES);
const findings = new Findings();
const browser = await launch();
const viewers = await Promise.all(Array.from({ length: availableParallelism() }, () => Viewer.open(browser, {})));
await shared(samples, viewers, examine);
await browser.close();
const right = findings.print();
const heaviest = samples.filter(({ group }) => group === "ready").map(weight).sort((one, two) => two - one)[0];
console.log(`${samples.length} pages, the heaviest ready one of ${heaviest} bytes, in ${Math.round((Date.now() - started) / 1000)} s`);
process.exit(right ? 0 : 1);

async function examine(sample, viewer) {
  const { title } = sample;
  const add = (check, wrong) => findings.add(check, title, wrong);
  add("html-validate finds nothing", await invalid(sample));
  add("the page is light", tooHeavy(sample));
  await viewer.resize(320);
  const page = await viewer.show(sample);
  await bringAxe(page);
  for (const colorScheme of SCHEMES) {
    await page.emulateMedia({ colorScheme });
    for (const width of AXE_WIDTHS) {
      await viewer.resize(width);
      findings.add("axe finds nothing", `${title} ${width} px ${colorScheme}`, await axeFinds(page));
    }
  }
  await viewer.resize(320);
  await page.emulateMedia({ colorScheme: "light" });
  add("one clear action, no style or script in attributes", await misled(page, sample));
  // The long samples put Armenian where banks and wallets have Latin names.
  if (!sample.name.endsWith("_long")) add("language and script are right", await misspoken(page, sample));
  add("everything to press is large enough", await tooSmall(page));
  add("the Tab key goes down the page, with a ring", await lostByKeyboard(page));
  add("forced colours leave buttons a border", await lostInForcedColours(page));
  add("nothing moves unasked", await moves(page));
  if (["paid", "refunded"].includes(sample.group)) add("a receipt prints on one sheet, without buttons", await misprinted(page, sample));
  add("nothing leaves the screen or is cut off under strain", await strained(page));
  add("nothing else was asked, nothing refused", await besides(viewer));
}

/** A page asks for nothing but its own status. One script is stopped here. */
async function besides({ asked, refused, sample, page }) {
  const status = await page.evaluate(() => document.getElementById("live")?.dataset.status);
  const others = asked.filter(({ method, url }) => method !== "GET" || new URL(url).pathname !== status);
  const requests = others.map(({ method, url }) => `asked ${method} ${url}`);
  const expected = sample.group === STOPPED ? 1 : 0;
  return refused.length === expected ? requests : [...requests, ...refused, `${refused.length} refusals, not ${expected}`];
}
