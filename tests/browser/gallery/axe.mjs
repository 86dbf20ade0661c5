// axe-core in the page: WCAG 2.2 to level AA, and what its authors call best practice.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"];
const source = await readFile(createRequire(`${process.env.MODULES}/`).resolve("axe-core/axe.min.js"), "utf8");

/** Brings axe into the page that is shown. */
export const bringAxe = (page) => page.evaluate(source);

/** What it finds, as the page is shown now. What it cannot decide by itself it names as well: nothing here may be left open. */
export async function axeFinds(page) {
  const { violations, incomplete, passes } = await page.evaluate(async (values) => {
    const told = ({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 100)} ${nodes[0].any[0]?.message ?? nodes[0].all[0]?.message ?? ""}`;
    const result = await axe.run(document, { runOnly: { type: "tag", values }, resultTypes: ["violations", "incomplete"] });
    return { violations: result.violations.map(told), incomplete: result.incomplete.map(told), passes: result.passes.length };
  }, TAGS);
  const none = passes < 10 ? [`only ${passes} rules had anything to look at`] : [];
  return [...violations, ...incomplete.map((what) => `undecided, ${what}`), ...none];
}
