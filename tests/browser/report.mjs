// Named checks, each printed with what was seen; the first that fails ends the run.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

export function assert(truth, otherwise) {
  if (!truth) throw new Error(otherwise);
}

/** Runs a check; answers what it answered, and prints that or what `show` makes of it. */
export async function check(name, work, show = (seen) => seen) {
  const started = Date.now();
  try {
    const seen = await work();
    console.log(`ok   ${name}${seen === undefined ? "" : ` … ${show(seen)}`} (${Date.now() - started} ms)`);
    return seen;
  } catch (error) {
    console.log(`FAIL ${name}: ${error.message}`);
    process.exit(1);
  }
}

/** Keeps a picture of the page, where pictures were asked for. */
export async function picture(page, name) {
  const folder = process.env.SCREENSHOTS;
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

/** Remembers where a browser's requests went. */
export class Watch {
  constructor(context) {
    this.count = 0;
    this.hosts = new Set();
    context.on("request", (request) => {
      const url = new URL(request.url());
      if (url.protocol === "data:") return;
      this.count += 1;
      this.hosts.add(url.host);
    });
  }

  onlyTo(urls) {
    const ours = new Set(urls.map((url) => new URL(url).host));
    const others = [...this.hosts].filter((host) => !ours.has(host));
    assert(others.length === 0, `requests went to ${others.join(", ")}`);
    assert(this.count > 0, "no request was seen at all");
  }
}
