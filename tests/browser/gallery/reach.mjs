// Fingers and keyboards: everything that can be pressed is large enough, and the Tab key goes from top to bottom with a ring to see.

/** Least height and width of what is pressed, in CSS pixels: WCAG 2.2, success criterion 2.5.8, and ours for buttons. */
const TARGET = 24;
const BUTTON = 48;

export function tooSmall(page) {
  return page.evaluate(({ TARGET, BUTTON }) => {
    const wrong = [];
    for (const one of document.querySelectorAll("a[href], button, summary, label, input:not([type=hidden]), select, textarea")) {
      if (!one.checkVisibility() || (one.matches("label *") && one.matches("[type=radio], [type=checkbox]"))) continue;
      const { width, height } = one.getBoundingClientRect();
      const least = one.matches("button, .primary, .second, label:has([type=radio])") ? BUTTON : TARGET;
      if (width < TARGET || height < least) wrong.push(`${Math.round(width)} × ${Math.round(height)} px: ${one.outerHTML.slice(0, 80)}`);
    }
    return wrong;
  }, { TARGET, BUTTON });
}

/** Presses Tab until it leaves the page: every stop lies below or beside the last one, shows a ring, and none is missing. */
export async function lostByKeyboard(page) {
  const wanted = await page.evaluate(() => {
    document.activeElement?.blur();
    scrollTo(0, 0);
    const all = [...document.querySelectorAll("a[href], button, summary, input:not([type=hidden]), select, textarea")];
    // Of a group of radios the chosen one is a stop, or the first where none is chosen.
    const group = (one) => [...one.form.querySelectorAll("[type=radio]")].filter((other) => other.name === one.name);
    const stands = (one) => one === (group(one).find((other) => other.checked) ?? group(one)[0]);
    const stops = all.filter((one) => one.checkVisibility() && (one.type !== "radio" || stands(one)));
    stops.forEach((one, place) => { one.dataset.stop = place; });
    return stops.length;
  });
  const wrong = [];
  let last = { top: -1, left: -1, bottom: -1 };
  for (let stop = 0; stop < wanted; stop += 1) {
    await page.keyboard.press("Tab");
    // A date has a stop for each of its parts.
    for (let part = 0; part < 4 && (await page.evaluate((stop) => document.activeElement.type === "date" && Number(document.activeElement.dataset.stop) < stop, stop)); part += 1) await page.keyboard.press("Tab");
    const seen = await page.evaluate(() => {
      const one = document.activeElement;
      const { top, left, bottom } = one.getBoundingClientRect();
      const { outlineStyle, outlineWidth } = getComputedStyle(one);
      return {
        stop: Number(one.dataset.stop ?? -1), what: one.outerHTML.slice(0, 80), top: top + scrollY, left, bottom: bottom + scrollY,
        ring: outlineStyle === "none" ? 0 : parseFloat(outlineWidth), inSight: bottom > 0 && top < innerHeight,
      };
    });
    if (seen.stop !== stop) return [...wrong, `Tab × ${stop + 1} came to ${seen.what}, stop ${seen.stop} of ${wanted}`];
    if (seen.top < last.top && !(seen.left > last.left && seen.bottom > last.top)) wrong.push(`the Tab key goes back up to ${seen.what}`);
    if (seen.ring < 3) wrong.push(`a ring of ${seen.ring} px around ${seen.what}`);
    if (!seen.inSight) wrong.push(`out of sight: ${seen.what}`);
    last = seen;
  }
  return wrong;
}
