// What a page must bear: wider letters, larger ones, longer words. Each strain is put on the page as its reader's browser would put it,
// and nothing may leave the screen or be cut off.

/** The spacing that a reader may ask for, WCAG 2.2, success criterion 1.4.12. */
const SPACING = `* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
  p { margin-bottom: 2em !important }`;
/** Letters twice as large, success criterion 1.4.4, as phones enlarge them: the screen stays as narrow as it is. */
const LARGE = "html { font-size: 200% !important }";

const adopt = (page, css) => page.evaluate((text) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  document.adoptedStyleSheets = text ? [sheet] : [];
}, css);

/** Makes our own words longer by two fifths, as a translation might; names, sums and dates stay. */
export function stretch(page) {
  return page.evaluate(() => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const text = texts.currentNode;
      if (text.parentElement.closest("bdi, time, script, style, .amount, b, nav")) continue;
      text.data = text.data.replace(/\p{L}{3,}/gu, (word) => word + word.slice(0, Math.ceil(word.length * 0.4)).toLowerCase());
    }
  });
}

/** Bears all strains on the narrowest screen; answers what is wrong. */
export async function strained(page) {
  const wrong = [];
  const look = async (strain) => wrong.push(...(await overflow(page)).map((what) => `${strain}: ${what}`));
  await look("as it is");
  await adopt(page, SPACING);
  await look("with text spacing");
  await adopt(page, LARGE);
  await look("with letters of 200 %");
  await adopt(page, "");
  await stretch(page);
  await look("with words of 140 %");
  return wrong;
}

/** What leaves the screen, or is cut off by the box that it stands in. */
function overflow(page) {
  return page.evaluate(() => {
    const wrong = [];
    const root = document.documentElement;
    const name = (one) => one.outerHTML.replace(/\s+/g, " ").slice(0, 90);
    if (root.scrollWidth > root.clientWidth) wrong.push(`${root.scrollWidth} px of content on ${root.clientWidth} px`);
    for (const one of document.body.querySelectorAll("*")) {
      if (one.closest(".unseen, svg")) continue;
      const box = one.getBoundingClientRect();
      if (box.width === 0 || box.height === 0) continue;
      if (box.right > root.clientWidth + 0.5 || box.left < -0.5) wrong.push(`leaves the screen: ${name(one)}`);
      const within = one.parentElement.getBoundingClientRect();
      const inline = getComputedStyle(one).display === "inline";
      if (!inline && !one.closest("summary") && box.right > within.right + 1 && !one.matches(".test")) wrong.push(`leaves its box: ${name(one)}`);
      const { overflowX, overflowY } = getComputedStyle(one);
      if (overflowX !== "visible" && one.scrollWidth > one.clientWidth + 1) wrong.push(`is cut off: ${name(one)}`);
      if (overflowY !== "visible" && one.scrollHeight > one.clientHeight + 1) wrong.push(`is cut off below: ${name(one)}`);
    }
    return wrong;
  });
}
