// What a page's content security policy says, and what the browser refused because of one.
import { assert } from "./report.mjs";

/** Collects everything that the browser refuses on pages of this context. */
export class Refusals {
  constructor(context) {
    this.seen = [];
    context.on("console", (message) => {
      if (/content security policy|trusted ?type/i.test(message.text())) this.seen.push(message.text());
    });
  }

  none() {
    assert(this.seen.length === 0, `the browser refused: ${this.seen.join("; ")}`);
    return "nothing was refused";
  }

  /** Exactly one, by this directive: what is said elsewhere of none is worth something. */
  one(directive) {
    assert(this.seen.length === 1 && this.seen[0].includes(directive), `the browser told of ${JSON.stringify(this.seen)}`);
  }
}

/** The page's forms lead to the server itself and to this origin, and nowhere else. */
export function formsLeadOnlyTo(response, url) {
  const header = response.headers()["content-security-policy"];
  assert(header, `${response.url()} has no policy`);
  const directives = new Map(header.split(";").map((directive) => {
    const [name, ...values] = directive.trim().split(/\s+/);
    return [name, values.join(" ")];
  }));
  const expected = `'self' ${new URL(url).origin}`;
  assert(directives.get("form-action") === expected, `form-action is «${directives.get("form-action")}», not «${expected}»`);
  assert(directives.get("default-src") === "'none'", `default-src is «${directives.get("default-src")}»`);
  return { directives, shown: `form-action ${expected}` };
}

/** The one script has a nonce; nothing else runs. */
export function oneScriptIsNamed({ directives }) {
  const scripts = directives.get("script-src");
  assert(/^'nonce-[\w-]{16,}'$/.test(scripts), `script-src is «${scripts}»`);
}

/** Sends the hand-over form to another origin, as somebody who tampered with the page would have it; the browser must refuse. */
export async function isRefusedElsewhere(page, elsewhere) {
  const refused = await page.evaluate((action) => new Promise((done, give) => {
    addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) => done({ effectiveDirective, blockedURI }));
    setTimeout(() => give(new Error("nothing was refused")), 5000);
    const form = document.getElementById("handover");
    form.action = action;
    form.submit();
  }), elsewhere);
  assert(refused.effectiveDirective === "form-action", `refused by ${refused.effectiveDirective}`);
  assert(refused.blockedURI.startsWith(new URL(elsewhere).origin), `refused was ${refused.blockedURI}`);
  return `${refused.effectiveDirective} refuses ${refused.blockedURI}`;
}
