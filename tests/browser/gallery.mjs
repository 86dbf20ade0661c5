// Takes a picture of every sample page, in every language, light and dark, on three widths, and makes an index of them to look at.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { launch } from "./chromium.mjs";
import { HEIGHTS, SCHEMES, Viewer, WIDTHS, samplePages, shared } from "./gallery/pages.mjs";
import { stretch } from "./gallery/strain.mjs";

const { PAGES, OUT } = process.env;

const samples = await samplePages(PAGES);
await mkdir(join(OUT, "pictures"), { recursive: true });
const browser = await launch();
const viewers = await Promise.all(Array.from({ length: availableParallelism() }, () => Viewer.open(browser, { reducedMotion: "reduce" })));
let count = 0;
await shared(samples, viewers, photograph);
await browser.close();
await writeFile(join(OUT, "index.html"), index());
console.log(`${count} pictures of ${samples.length} pages: ${join(OUT, "index.html")}`);

async function photograph(sample, viewer) {
  const page = await viewer.show(sample);
  const keep = async (word) => {
    await page.screenshot({ path: join(OUT, "pictures", `${sample.title}.${word}.png`), fullPage: true });
    count += 1;
  };
  for (const width of WIDTHS) {
    await viewer.resize(width);
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme });
      await keep(`${width}.${colorScheme}`);
    }
  }
  await viewer.resize(WIDTHS[0]);
  await page.emulateMedia({ colorScheme: "light", forcedColors: "active" });
  await keep("320.forced");
  await page.emulateMedia({ colorScheme: "light", forcedColors: "none" });
  await stretch(page);
  await keep("320.stretched");
}

/** One page without script: groups, and below each its pages, every picture a link to the HTML that it shows. */
function index() {
  const groups = grouped();
  const shots = [...WIDTHS.flatMap((width) => SCHEMES.map((scheme) => `${width}.${scheme}`)), "320.forced", "320.stretched"];
  const figure = (sample, shot) => {
    const width = Number(shot.split(".")[0]);
    const shown = width > 1000 ? 480 : width;
    return `<figure><a href="pages/${sample.file}"><img loading="lazy" width="${shown}" alt="${sample.title}, ${shot}" `
      + `src="pictures/${sample.title}.${shot}.png"></a><figcaption>${shot}</figcaption></figure>`;
  };
  const row = (sample) => `<h3 id="${sample.title}">${sample.title}</h3><div>${shots.map((shot) => figure(sample, shot)).join("")}</div>`;
  const sections = [...groups].map(([group, own]) => `<section id="${group}"><h2>${group}</h2>${own.map(row).join("")}</section>`);
  const links = [...groups.keys()].map((group) => `<a href="#${group}">${group}</a>`).join(" ");
  return `<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Gallery of the checkout pages</title><style>
body{font:16px/1.4 system-ui,sans-serif;margin:1rem;background:#8b8f96}h2,h3,nav{margin:1rem 0 .25rem}
section>div{display:flex;gap:1rem;overflow-x:auto;align-items:flex-start;padding-bottom:1rem}figure{margin:0}
nav{position:sticky;top:0;padding:.5rem;background:#fff}img{display:block;height:auto}figcaption{font-size:.75rem}
</style><h1>Gallery of the checkout pages</h1><p>${count} pictures, each leads to its page. Phones are ${HEIGHTS[320]} and ${HEIGHTS[390]} px high.</p>
<nav>${links}</nav>${sections.join("\n")}</html>\n`;
}

function grouped() {
  const groups = new Map();
  for (const sample of samples) groups.set(sample.group, [...(groups.get(sample.group) ?? []), sample]);
  return groups;
}
