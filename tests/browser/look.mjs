// What a page must look like, whatever is on it. Judges what the browser made of the page, not its pixels.
import { PAUSE } from "./chromium.mjs";
import { assert } from "./report.mjs";

/** The page's heading; a page that still checks is looked at again, as its own link offers. */
export async function headed(page, expected) {
  const deadline = Date.now() + PAUSE;
  for (;;) {
    const heading = (await page.locator("h1").innerText()).replace(/\s+/g, " ");
    if (heading.includes(expected)) return `«${heading}»`;
    assert(Date.now() < deadline, `expected «${expected}», saw «${heading}»`);
    await new Promise((done) => setTimeout(done, 200));
    await page.reload();
  }
}

/** No horizontal overflow. */
export async function fits(page) {
  const { content, screen, widest } = await page.evaluate(() => {
    const root = document.documentElement;
    const beyond = [...document.body.querySelectorAll("*")].find((one) => one.getBoundingClientRect().right > root.clientWidth + 0.5);
    return { content: root.scrollWidth, screen: root.clientWidth, widest: beyond?.outerHTML.slice(0, 120) };
  });
  assert(content <= screen, `${content} px of content on ${screen} px; ${widest ?? "nothing alone is too wide"}`);
  return `${content} of ${screen} px`;
}

/** The pay button is on the first screen, large enough, covered by nothing, and the Tab key comes to it. */
export async function payButtonIsReachable(page, screen) {
  const button = page.locator("form button[type=submit]");
  assert((await button.count()) === 1, `${await button.count()} pay buttons`);
  const box = await button.boundingBox();
  assert(box && box.height >= 44 && box.width >= 44, `the button measures ${JSON.stringify(box)}`);
  assert(box.y >= 0 && box.y + box.height <= screen.height, `the button ends at ${box.y + box.height} of ${screen.height} px`);
  await page.evaluate(() => document.activeElement?.blur());
  for (let tabs = 1; tabs <= 20; tabs += 1) {
    await page.keyboard.press("Tab");
    const seen = await button.evaluate((one) => {
      const { left, top, width, height } = one.getBoundingClientRect();
      return {
        focused: document.activeElement === one,
        uncovered: one.contains(document.elementFromPoint(left + width / 2, top + height / 2)),
        outline: getComputedStyle(one).outlineStyle,
      };
    });
    if (!seen.focused) continue;
    assert(seen.uncovered, "something lies over the button");
    assert(seen.outline !== "none", "nothing shows that the button has the focus");
    return `Tab × ${tabs}, «${await button.innerText()}», down to ${Math.round(box.y + box.height)} of ${screen.height} px`;
  }
  throw new Error("20 presses of Tab did not come to the button");
}

/** Every character is drawn by a font that has it: none looks like a code point that no font can have. Some may be `excused`. */
export async function everyGlyphIsThere(page, excused = "") {
  const { missing, count, control } = await page.evaluate(() => {
    const canvas = document.createElement("canvas");
    canvas.width = 96;
    canvas.height = 96;
    const paint = canvas.getContext("2d", { willReadFrequently: true });
    const draw = (font, character) => {
      paint.clearRect(0, 0, 96, 96);
      paint.font = font;
      paint.fillText(character, 24, 64);
      return `${paint.measureText(character).width}:${paint.getImageData(0, 0, 96, 96).data.join()}`;
    };
    const invisible = /[\s\p{Cc}\p{Cf}\p{Variation_Selector}]/u;
    const seen = new Map();
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const style = getComputedStyle(texts.currentNode.parentElement);
      const font = `${style.fontStyle} ${style.fontWeight} 40px ${style.fontFamily}`;
      if (!seen.has(font)) seen.set(font, new Set());
      for (const character of texts.currentNode.data) if (!invisible.test(character)) seen.get(font).add(character);
    }
    const missing = new Set();
    let count = 0;
    let control = true;
    for (const [font, characters] of seen) {
      const nothing = draw(font, "\u{10FFFF}");
      control &&= draw(font, "\u0378") === nothing;
      for (const character of characters) {
        count += 1;
        if (draw(font, character) === nothing) missing.add(character);
      }
    }
    return { missing: [...missing], count, control };
  });
  assert(control, "this browser draws missing characters in different ways, so they cannot be found");
  assert(count > 20, `only ${count} characters on the page`);
  const lacking = missing.filter((one) => !excused.includes(one));
  assert(lacking.length === 0, `no font has ${lacking.map((one) => `${one} U+${one.codePointAt(0).toString(16)}`).join(", ")}`);
  const fonts = await fontsOf(page, "h1");
  return `${count} characters; the heading in ${fonts}`;
}

/** The fonts that the browser really used for an element. */
async function fontsOf(page, selector) {
  const session = await page.context().newCDPSession(page);
  await session.send("DOM.enable");
  await session.send("CSS.enable");
  let fonts = [];
  // A page that is drawn anew at this moment has no fonts yet, and another node a moment later.
  for (let turn = 0; turn < 20 && fonts.length === 0; turn += 1) {
    if (turn) await page.waitForTimeout(50);
    const { root } = await session.send("DOM.getDocument");
    const { nodeId } = await session.send("DOM.querySelector", { nodeId: root.nodeId, selector });
    if (nodeId) ({ fonts } = await session.send("CSS.getPlatformFontsForNode", { nodeId }).catch(() => ({ fonts: [] })));
  }
  await session.detach();
  assert(fonts.length > 0, "the browser names no font");
  return fonts.map((font) => `${font.familyName} (${font.glyphCount})`).join(", ");
}

/** Script is off in this page's browser, and the page is whole all the same. */
export async function readsWithoutScript(page, verb) {
  const heading = await page.locator("h1").innerText();
  assert(heading.includes(verb), `expected «${verb}», saw «${heading}»`);
  assert(await page.locator("form button[type=submit]").isVisible(), "no pay button");
  assert((await page.locator("script").count()) === 1, "there is other script on the page than its own");
  return `«${heading.replace(/\s+/g, " ")}»`;
}
