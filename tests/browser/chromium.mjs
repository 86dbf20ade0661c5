// The browser that all scripts drive, and the texts that its pages may show.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const { MODULES, CHROMIUM } = process.env;
const { chromium } = createRequire(`${MODULES}/`)("playwright-core");

/** How long a page may take to show something, in milliseconds. */
export const PAUSE = 20_000;
export const LANGUAGES = ["hy", "ru", "en"];

/** The texts of the customer pages, by language and name. */
export const texts = {};
for (const language of LANGUAGES) {
  const file = new URL(`../../checkout-templates/locales/${language}.json`, import.meta.url);
  texts[language] = JSON.parse(await readFile(file, "utf8"));
}

const SETTINGS = {
  executablePath: CHROMIUM,
  headless: true,
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
  ],
};

export function launch() {
  return chromium.launch(SETTINGS);
}

/** As people have it: pages that were left are kept in memory for the back button. Playwright switches that off otherwise. */
export function launchKeepingPages() {
  return chromium.launch({ ...SETTINGS, ignoreDefaultArgs: ["--disable-back-forward-cache"] });
}

/** With the settings of a profile's folder; answers its one context. */
export function launchWithProfile(folder, context) {
  return chromium.launchPersistentContext(folder, { ...SETTINGS, ...context });
}
