// How long a change of the range takes until the last panel of a page is drawn anew, in Chromium. Called by browser.py.
//
//   node changes.mjs URL PAGE...  →  {PAGE: [milliseconds]} as JSON
//
// Each page is opened once and changed many times, as by a person who looks around; no change is made twice, so that no
// answer was kept. Times are of the page's own clock, from the choice to the last change of a panel.
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const modules = createRequire(fileURLToPath(new URL("../../end2end/package.json", import.meta.url)));
const { chromium } = modules("@playwright/test");

// A page is at rest when its panels have not changed for so long.
const REST_MS = 400;
const RANGES = ["last_28_days", "last_12_months", "month_to_date", "year_to_date", "all_time", "last_90_days"];
const COMPARISONS = ["prior_period", "none", "prior_year"];

/** Chooses, and waits until the page is at rest. Returns the milliseconds to the last change of a panel. */
async function change(page, name, value) {
  return page.evaluate(
    async ([name, value, rest]) => {
      const field = document.querySelector(`select[name=${name}]`);
      if (![...field.options].some((option) => option.value === value)) return null;
      const start = performance.now();
      let changed = start;
      const main = document.querySelector("main");
      const drawn = new MutationObserver(() => requestAnimationFrame(() => (changed = performance.now())));
      drawn.observe(main, { subtree: true, childList: true, characterData: true, attributes: true });
      field.value = value;
      field.dispatchEvent(new Event("change", { bubbles: true }));
      const isAtRest = () => performance.now() - changed > rest && !main.querySelector("[aria-busy=true]");
      do await new Promise((later) => setTimeout(later, 50));
      while (!isAtRest());
      drawn.disconnect();
      return changed - start;
    },
    [name, value, REST_MS],
  );
}

const [url, ...pages] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
const took = {};
for (const path of pages) {
  const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
  await page.goto(url + path);
  await page.waitForFunction(() => document.documentElement.dataset.hydrated === "true" && !document.querySelector("main [aria-busy=true]"));
  took[path] = [];
  for (const comparison of COMPARISONS) {
    const compared = await change(page, "compare", comparison);
    if (compared !== null && comparison !== COMPARISONS[0]) took[path].push(compared);
    for (const range of RANGES) {
      const ms = await change(page, "range", range);
      if (ms !== null) took[path].push(ms);
    }
  }
  await page.context().close();
}
await browser.close();
console.log(JSON.stringify(took));
