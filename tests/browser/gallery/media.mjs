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
  const { text, pressed, sum, facts } = await page.evaluate(() => ({
    text: document.body.innerText,
    pressed: [...document.querySelectorAll("button, .primary, .second, nav")].filter((one) => one.checkVisibility()).map((one) => one.outerHTML.slice(0, 80)),
    sum: document.querySelector(".sum .amount")?.textContent,
    facts: [...document.querySelectorAll("dl dd")].map((one) => one.textContent),
  }));
  const sheets = (await page.pdf({ format: "A4" })).toString("latin1").match(/\/Type \/Page\b(?!s)/g)?.length ?? 0;
  await page.emulateMedia({ media: null });
  const wrong = pressed.map((what) => `printed: ${what}`);
  if (!sum || !text.includes(sum)) wrong.push(`the sum «${sum}» is not printed`);
  if (facts.length < 4) wrong.push(`only ${facts.length} facts`);
  for (const fact of facts) if (!text.includes(fact)) wrong.push(`«${fact}» is not printed`);
  if (sheets !== 1 && !name.endsWith("_long")) wrong.push(`${sheets} sheets`);
  return wrong;
}
