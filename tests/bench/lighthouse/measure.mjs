// Looks at one page with Lighthouse as a phone on a slow network would, several times, and prints the middle look as JSON. The page is
// not meant to be found by search engines, so that category is left out.
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const { MODULES, CHROMIUM, LOOKS } = process.env;
const url = process.argv[2];
const from = (file) => import(pathToFileURL(join(MODULES, "node_modules", file)));
const { default: lighthouse } = await from("lighthouse/core/index.js");
const { launch } = await from("chrome-launcher/dist/index.js");

const CATEGORIES = ["performance", "accessibility", "best-practices"];
const FLAGS = [
  "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update",
  "--disable-sync",
];

const looks = [];
for (let look = 0; look < Number(LOOKS); look += 1) looks.push(await seen());
looks.sort((one, two) => one.performance - two.performance);
console.log(JSON.stringify({ ...looks[Math.floor(looks.length / 2)], looks: looks.map(({ performance }) => performance) }));

/** One look, in a browser of its own without anything kept. Scores are of 100, times in milliseconds, size in bytes. */
async function seen() {
  const chrome = await launch({ chromePath: CHROMIUM, chromeFlags: FLAGS, logLevel: "silent" });
  try {
    const { lhr } = await lighthouse(url, { port: chrome.port, onlyCategories: CATEGORIES, logLevel: "error", locale: "en-US" });
    if (lhr.runtimeError) throw new Error(`${lhr.runtimeError.code}: ${lhr.runtimeError.message}`);
    const score = (category) => Math.round(lhr.categories[category].score * 100);
    const figure = (audit) => lhr.audits[audit].numericValue;
    const short = CATEGORIES.flatMap((category) => lhr.categories[category].auditRefs)
      .filter(({ id, weight }) => weight > 0 && lhr.audits[id].score !== null && lhr.audits[id].score < 0.9).map(({ id }) => id);
    return {
      performance: score("performance"), accessibility: score("accessibility"), best_practices: score("best-practices"),
      lcp_ms: figure("largest-contentful-paint"), tbt_ms: figure("total-blocking-time"), cls: figure("cumulative-layout-shift"),
      bytes: figure("total-byte-weight"), short: [...new Set(short)],
    };
  } finally {
    await chrome.kill();
  }
}
