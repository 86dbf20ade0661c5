// The play page as a person uses it: presses its buttons and reads what it shows. Must not ask the sandbox behind it.
import { assert } from "./report.mjs";

export class Play {
  constructor(page, url) {
    this.page = page;
    this.url = url;
    this.linkMessage = null;
    this.before = 0;
    this.others = [];
  }

  async open() {
    await this.page.goto(this.url);
    await this.page.locator("#board [data-stage]").first().waitFor();
    this.others = await this.page.locator("#board [data-deal]").evaluateAll((all) => all.map((deal) => deal.dataset.deal));
  }

  /** All bot's messages, as shown. */
  async messages() {
    const shown = await this.page.locator("#messages .message.bot").evaluateAll((all) => all.map((one) => ({
      id: Number(one.dataset.message),
      text: one.querySelector(".bubble").textContent,
      edited: one.querySelector(".meta")?.textContent === "edited",
      keys: one.querySelectorAll(".keys a, .keys button").length,
      items: one.querySelectorAll(".keys button").length,
      url: one.querySelector(".keys a")?.href ?? null,
    })));
    return shown.map((message) => ({
      ...message, isLink: message.id === this.linkMessage, isNew: message.id > (this.linkMessage ?? this.before),
    }));
  }

  /** Waits for a message; answers its first line. */
  async message(wanted) {
    const found = await this.until(async () => (await this.messages()).find(wanted), () => this.messages());
    return `message ${found.id}: ${found.text.split("\n")[0]}`;
  }

  async start() {
    this.linkMessage = null;
    this.before = Math.max(0, ...(await this.messages()).map((message) => message.id));
    await this.page.locator("[data-say='/start']").click();
    await this.message((message) => message.isNew && message.items > 0);
  }

  async pickFirst() {
    const catalogue = (await this.messages()).find((message) => message.isNew && message.items > 0);
    await this.page.locator(`[data-message='${catalogue.id}'] .keys button`).first().click();
  }

  /** The address behind the link's button. */
  async link() {
    const wanted = (message) => message.isNew && message.url;
    const found = await this.until(async () => (await this.messages()).find(wanted), () => this.messages());
    this.linkMessage = found.id;
    return found.url;
  }

  async pressLink(url) {
    await this.page.locator(`#messages a[href='${url}']`).click();
  }

  /** Waits until so many new deals are in this column, each with one comment, and none elsewhere. */
  async deals(stage, count) {
    const shown = () => this.page.locator("#board [data-deal]").evaluateAll((all) => all.map((deal) => ({
      id: deal.dataset.deal,
      stage: deal.closest("[data-stage]").dataset.stage,
      comments: deal.querySelectorAll(".comment").length,
    })));
    const read = async () => (await shown()).filter(({ id }) => !this.others.includes(id));
    const done = async () => {
      const deals = await read();
      return deals.length === count && deals.every((deal) => deal.stage === stage && deal.comments === 1) && deals;
    };
    const deals = await this.until(done, read);
    return `${deals.length} in ${stage}`;
  }

  async until(look, seen) {
    const deadline = Date.now() + 20_000;
    for (;;) {
      const found = await look();
      if (found) return found;
      assert(Date.now() < deadline, `not seen within 20 s; seen: ${JSON.stringify(await seen())}`);
      await new Promise((done) => setTimeout(done, 100));
    }
  }
}
