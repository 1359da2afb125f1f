// Every page of the navigation, as far as no test of its own does it: accessible and inside its width, quiet, in both themes.
import { accessible, expect, hydrated, test } from "./page";

/** What is looked at instead of the bare page, and pages whose own tests hold the same. */
const ADDRESSES: Record<string, string[]> = {
  "/why": ["/why?metric=retail_spend&by=user__state"],
  "/explore": ["/explore?by=product__department&metrics=retail_spend,receipts"],
  "/lookup": ["/lookup", "/lookup?q=ele"],
  "/purchases": [],
  "/runs": [],
  "/contracts": [],
};

for (const width of [390, 1024, 1440]) {
  for (const colorScheme of ["light", "dark"] as const) {
    test(`every other page is accessible and stays inside ${width} px, ${colorScheme}`, async ({ page }) => {
      test.slow();
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      await page.goto("/overview");
      const links = await page.locator(".shell-nav .nav-list a").evaluateAll((all) => all.map((a) => new URL((a as HTMLAnchorElement).href).pathname));
      expect(links).toContain("/lookup");
      const paths = [...new Set([...links, "/why"])].flatMap((path) => ADDRESSES[path] ?? [path]);
      expect(paths.length).toBeGreaterThan(4);
      for (const path of paths) {
        await page.goto(path);
        await hydrated(page);
        await expect(page.locator(".state-loading")).toHaveCount(0);
        await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
        await accessible(page);
        expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(width);
        const name = path.replace(/\W+/g, "-").slice(1, 40);
        await page.screenshot({ path: `test-results/screenshots/${name}-${width}-${colorScheme}.png`, fullPage: true });
      }
    });
  }
}
