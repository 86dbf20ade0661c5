// The sample pages that `cargo run -p kamurj-pages --example gallery` wrote, served to the browser from where they say that they are,
// under their own headers. There is no server: whatever else a page asks for is written down and gets nothing.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PAUSE } from "../chromium.mjs";

/** The narrowest screen, the usual phone, and a desk; in CSS pixels. */
export const WIDTHS = [320, 390, 1280];
export const SCHEMES = ["light", "dark"];
/** Screens are as high as those widths usually are. */
export const HEIGHTS = { 320: 568, 390: 844, 1280: 900 };

/** The page that leaves by itself: its policy is made to stop its script, and to tell nobody, so that it can be looked at. */
export const STOPPED = "handing_over";
const withoutScript = (policy) => policy.replace(/script-src [^;]+/, "script-src 'none'").replace(/; report-(uri|to) [^;]+/, "");

/** The list, with the HTML of each page. */
export async function samplePages(folder) {
  const list = JSON.parse(await readFile(join(folder, "pages.json"), "utf8"));
  const pages = list.pages.map(async (page) => ({
    ...page,
    title: `${page.name}.${page.language}`,
    url: `${list.origin}/p/${page.file.replace(/\.html$/, "")}`,
    html: await readFile(join(folder, page.file), "utf8"),
    headers: { ...list.headers, "content-security-policy": page.group === STOPPED ? withoutScript(page.policy) : page.policy, "content-type": "text/html; charset=utf-8" },
  }));
  return Promise.all(pages);
}

/** A tab that shows one sample after the other. */
export class Viewer {
  static async open(browser, settings) {
    const context = await browser.newContext({ locale: "hy-AM", viewport: { width: 320, height: HEIGHTS[320] }, ...settings });
    context.setDefaultTimeout(PAUSE);
    const viewer = new Viewer();
    viewer.page = await context.newPage();
    viewer.asked = [];
    viewer.refused = [];
    viewer.page.on("console", (message) => {
      if (/content security policy|trusted ?type/i.test(message.text())) viewer.refused.push(message.text());
    });
    await context.route("**/*", (route) => viewer.answer(route));
    return viewer;
  }

  async answer(route) {
    const request = route.request();
    if (request.isNavigationRequest() && request.method() === "GET" && request.url() === this.sample?.url) {
      await route.fulfill({ status: 200, headers: this.sample.headers, body: this.sample.html });
      return;
    }
    this.asked.push({ method: request.method(), url: request.url(), kind: request.resourceType() });
    // No content leaves the browser where it is.
    await route.fulfill({ status: 204 });
  }

  async show(sample) {
    Object.assign(this, { sample, asked: [], refused: [] });
    await this.page.goto(sample.url, { waitUntil: "load" });
    return this.page;
  }

  async resize(width) {
    await this.page.setViewportSize({ width, height: HEIGHTS[width] });
  }
}

/** Does the work for each of the items, so many at a time, each worker with a tab of its own. */
export async function shared(items, viewers, work) {
  let next = 0;
  await Promise.all(viewers.map(async (viewer) => {
    while (next < items.length) {
      const item = items[next];
      next += 1;
      await work(item, viewer);
    }
  }));
}
