// Pages under a reader's own settings: forced colours, less motion, and paper.

/** In forced colours backgrounds are gone: a button without a border would be bare text. */
export async function lostInForcedColours(page) {
  await page.emulateMedia({ forcedColors: "active" });
  const wrong = await page.evaluate(() => [...document.querySelectorAll("button, .primary, .second")].flatMap((one) => {
    const { borderTopWidth, borderTopStyle, borderTopColor, backgroundColor } = getComputedStyle(one);
    const seen = parseFloat(borderTopWidth) >= 1 && borderTopStyle !== "none" && !/rgba\(.*, 0\)/.test(borderTopColor) && borderTopColor !== backgroundColor;
    return seen ? [] : [`border ${borderTopWidth} ${borderTopStyle} ${borderTopColor} on ${backgroundColor}: ${one.outerHTML.slice(0, 80)}`];
  }));
  await page.emulateMedia({ forcedColors: "none" });
  return wrong;
}

/** Nothing moves but where the reader has nothing against motion. */
export function moves(page) {
  return page.evaluate(() => {
    const wrong = [];
    const look = (rules, allowed) => {
      for (const rule of rules) {
        const inside = allowed || /prefers-reduced-motion:\s*no-preference/.test(rule.conditionText ?? "");
        if (rule.cssRules && !(rule instanceof CSSStyleRule)) look(rule.cssRules, inside);
        const moving = rule.style && [...rule.style].some((property) => /^(animation|transition|scroll-behavior)/.test(property));
        if (!inside && (moving || rule instanceof CSSKeyframesRule)) wrong.push(`moves: ${rule.cssText.slice(0, 80)}`);
      }
    };
    let rules = 0;
    for (const sheet of document.styleSheets) {
      rules += sheet.cssRules.length;
      look(sheet.cssRules, false);
    }
    return rules > 20 ? wrong : [`only ${rules} rules of style`];
  });
}

/** On paper a receipt has its sum, its order and the number of the transaction, on one sheet, and nothing to press. */
export async function misprinted(page, { name }) {
  await page.emulateMedia({ media: "print" });
  const { pressed, facts, missing } = await page.evaluate(() => {
    const all = (selector) => [...document.querySelectorAll(selector)];
    const told = all(".sum .amount, dl dd, .items b, .name");
    return {
      pressed: all("button, .primary, .second, nav").filter((one) => one.checkVisibility()).map((one) => one.outerHTML.slice(0, 80)),
      facts: told.length,
      missing: told.filter((one) => !one.checkVisibility()).map((one) => one.textContent),
    };
  });
  const sheets = (await page.pdf({ format: "A4" })).toString("latin1").match(/\/Type \/Page\b(?!s)/g)?.length ?? 0;
  await page.emulateMedia({ media: null });
  const wrong = pressed.map((what) => `printed: ${what}`);
  wrong.push(...missing.map((what) => `«${what}» is not printed`));
  if (facts < 7) wrong.push(`only ${facts} facts`);
  if (sheets !== 1 && !name.endsWith("_long")) wrong.push(`${sheets} sheets`);
  return wrong;
}
