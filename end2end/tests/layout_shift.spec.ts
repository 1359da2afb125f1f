// Nothing on a page moves by itself: what is awaited holds its room from the beginning.
import { type Page } from "@playwright/test";
import { expect, hydrated, test } from "./page";

declare global {
  interface Window {
    moved: string[];
  }
}

/** Notes from now on what moves, from where to where, and by how much of the window. */
async function watched(page: Page): Promise<void> {
  await page.addInitScript(() => {
    window.moved = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & { value: number; sources: { node?: Node; previousRect: DOMRect; currentRect: DOMRect }[] })[]) {
        for (const { node, previousRect, currentRect } of entry.sources) {
          const element = node instanceof Element ? node : node?.parentElement;
          const name = element?.id || element?.className || element?.localName;
          const at = ({ y, height }: DOMRect) => `y ${Math.round(y)}, ${Math.round(height)} high`;
          window.moved.push(`${name}: ${at(previousRect)} → ${at(currentRect)} (${entry.value.toFixed(4)})`);
        }
      }
    }).observe({ type: "layout-shift", buffered: true });
  });
}

/** Everything has come, and a frame was drawn with it. */
async function atRest(page: Page): Promise<void> {
  await hydrated(page);
  await expect(page.locator("main [aria-busy=true]")).toHaveCount(0);
  await page.evaluate(() => document.fonts.ready);
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn))));
}

for (const width of [390, 1024, 1440]) {
  for (const path of ["/purchases", "/overview", "/explore", "/why", "/referrals", "/k-factor"]) {
    test(`nothing moves while ${path} loads at ${width} pixels`, async ({ page }) => {
      await page.setViewportSize({ width, height: 900 });
      await watched(page);
      await page.goto(path);
      await atRest(page);
      expect(await page.evaluate(() => window.moved)).toEqual([]);
    });
  }

  // The document's first bytes, in which figures that take a while are still awaited, beside the page with all of them.
  test(`headline and chart take as much room before their figures come at ${width} pixels`, async ({ page }) => {
    await page.setViewportSize({ width, height: 900 });
    // Days that nobody asked for yet, so that no figure is there at once.
    const path = `/purchases?from=2026-02-0${[390, 1024, 1440].indexOf(width) + 1}&to=2026-05-31`;
    const heights = () =>
      page.evaluate(() => {
        const parts = ["header.page-header", "form.filter-bar", "#panel-headline", "#panel-spend_over_time"];
        return Object.fromEntries(parts.map((part) => [part, Math.round(document.querySelector(part)?.getBoundingClientRect().height ?? 0)]));
      });
    // The document without what comes later in it, and without its scripts.
    await page.route("**/purchases?*", async (route) => {
      const response = await route.fetch();
      const [begin] = (await response.text()).split("<template id=");
      await route.fulfill({ response, body: (begin ?? "").replace(/<script type="module"[^]*?<\/script>/, "") });
    });
    await page.goto(path);
    await page.evaluate(() => document.fonts.ready);
    const before = await heights();
    await page.unrouteAll();
    await page.goto(path);
    await atRest(page);
    const after = await heights();
    for (const [part, height] of Object.entries(after)) expect(Math.abs(height - (before[part] ?? 0)), `${part} is ${height} high, and was ${before[part]}`).toBeLessThan(3);
  });
}
