// What checks found wrong, kept by check, so that one run tells everything; and how often each looked, so that one that looked at
// nothing is seen.
const SHOWN = 12;

export class Findings {
  constructor() {
    this.checks = new Map();
  }

  /** One look by a check: what is wrong with the page, in words; nothing where all is right. */
  add(check, title, wrong) {
    const own = this.checks.get(check) ?? { looks: 0, wrong: [] };
    own.looks += 1;
    own.wrong.push(...wrong.map((what) => `${title}: ${what}`));
    this.checks.set(check, own);
  }

  /** Prints a line for each check; answers whether all are right. */
  print() {
    let right = this.checks.size > 0;
    for (const [check, { looks, wrong }] of this.checks) {
      if (wrong.length === 0) {
        console.log(`ok   ${check} … ${looks} looks`);
        continue;
      }
      right = false;
      console.log(`FAIL ${check}: ${wrong.length} faults in ${looks} looks`);
      for (const what of wrong.slice(0, SHOWN)) console.log(`     ${what}`);
      if (wrong.length > SHOWN) console.log(`     and ${wrong.length - SHOWN} more`);
    }
    return right;
  }
}
