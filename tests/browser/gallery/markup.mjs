// What is judged by a page's text alone: html-validate, and how many bytes go over the air.
import { createRequire } from "node:module";
import { gzipSync } from "node:zlib";

// Node 18 lacks it.
Array.prototype.toSorted ??= function toSorted(compare) {
  return [...this].sort(compare);
};
const { HtmlValidate, StaticConfigLoader } = createRequire(`${process.env.MODULES}/`)("html-validate/browser");
const judge = new HtmlValidate(new StaticConfigLoader({
  root: true,
  extends: ["html-validate:recommended", "html-validate:document", "html-validate:a11y"],
  // The button that calls the seller has words on it, which may stand on two lines.
  rules: { "tel-non-breaking": ["error", { ignoreClasses: ["primary"] }] },
}));

/** Everything that html-validate calls an error or warns of. */
export async function invalid({ html, file }) {
  const { results } = await judge.validateString(html, file);
  return results.flatMap((result) => result.messages).map(({ line, ruleId, message }) => `line ${line}: ${ruleId}: ${message}`);
}

/** What the page with the pay button may weigh, compressed, in bytes. */
const READY = 8 * 1024;
/** What any page may: ten segments, the first that a connection sends (RFC 6928). */
const ANY = 14_000;

export const weight = ({ html }) => gzipSync(html).length;

export function tooHeavy(sample) {
  const budget = sample.group === "ready" ? READY : ANY;
  return weight(sample) <= budget ? [] : [`${weight(sample)} of ${budget} bytes`];
}
