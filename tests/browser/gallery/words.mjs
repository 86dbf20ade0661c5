// What a page says and may do: its language, its scripts, its one clear action, and nothing smuggled into its markup.

/** The pages on which there is nothing for their reader to do, or nobody to ask. */
const NOTHING_TO_DO = [
  "expired_nobody_to_ask", "unknown_link",
  "too_many_probes", "problem",
  "connect_done", "connect_unknown", "connect_used", "connect_expired", "connect_denied", "connect_other_account", "connect_changed",
  "connect_refused", "connect_no_answer",
];

/** Exactly one primary action, or none where there is nothing to do; never a card's number, and no attribute that carries script or style. */
export async function misled(page, { name, group }) {
  const seen = await page.evaluate(() => {
    const shown = (one) => one.checkVisibility();
    const carries = ({ name }) => name === "style" || name.startsWith("on");
    return {
      primary: [...document.querySelectorAll(".primary")].filter(shown).length,
      carriers: [...document.querySelectorAll("*")].filter((one) => [...one.attributes].some(carries)).map((one) => one.outerHTML.slice(0, 80)),
      typed: [...document.querySelectorAll("input, textarea, select")].filter((one) => /^cc-/.test(one.autocomplete)).length,
    };
  });
  const least = ["paid", "refunded"].includes(group) || NOTHING_TO_DO.includes(name) ? 0 : 1;
  // A receipt may lead on: back to the shop, or to what was bought.
  const most = ["paid", "refunded"].includes(group) ? 1 : least;
  const wrong = seen.carriers.map((what) => `carries style or script: ${what}`);
  if (seen.primary < least || seen.primary > most) wrong.push(`${seen.primary} primary actions, not ${least}`);
  if (seen.typed > 0) wrong.push("asks for a card");
  return wrong;
}

/** `lang` is right, our own words are in its script, and no word mixes two. What sellers wrote stands in `bdi`, names of languages in `nav`. */
export function misspoken(page, { language }) {
  return page.evaluate((language) => {
    const wrong = [];
    const said = document.documentElement.lang;
    if (said !== language) wrong.push(`lang is «${said}»`);
    const foreign = { hy: /\p{Script=Cyrillic}/u, ru: /(?=\p{L})\p{Script=Armenian}/u, en: /\p{Script=Cyrillic}|(?=\p{L})\p{Script=Armenian}/u }[language];
    const scripts = [/\p{Script=Cyrillic}/u, /(?=\p{L})\p{Script=Armenian}/u, /\p{Script=Latin}/u];
    let own = 0;
    const mixed = (text) => (text.match(/\p{L}+/gu) ?? []).filter((word) => scripts.filter((script) => script.test(word)).length > 1);
    const mix = (text) => mixed(text).forEach((word) => wrong.push(`letters of two scripts in «${word}»`));
    mix(document.title);
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const text = texts.currentNode;
      if (text.parentElement.closest("script, style")) continue;
      mix(text.data);
      const bounds = text.parentElement.closest("bdi, [aria-hidden], .unseen, option:not([value=''])");
      const named = text.parentElement.closest("[lang]").lang !== language;
      if (bounds || named) continue;
      own += text.data.trim().length;
      if (foreign.test(text.data)) wrong.push(`in another script: «${text.data.trim().slice(0, 60)}»`);
    }
    if (own < 40) wrong.push(`only ${own} letters of our own`);
    return wrong;
  }, language);
}
