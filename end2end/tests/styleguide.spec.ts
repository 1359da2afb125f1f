// The style guide shows every kind of panel in every state, in both themes; each shot is there to be looked at.
import { accessible, expect, hydrated, test } from "./page";

const kinds = ["headline", "time_series", "leaderboard", "table"];
const states = ["shown", "loading", "renewing", "empty", "error", "immature", "stale", "failing"];

test("every kind of panel is there in every state", async ({ page }) => {
  await page.goto("/styleguide");
  await hydrated(page);
  for (const kind of kinds) {
    for (const state of states) {
      const panel = page.locator(`[data-kind=${kind}][data-state=${state}] .panel`);
      await expect(panel, `${kind} ${state}`).toBeVisible();
      const busy = ["loading", "renewing"].includes(state);
      await expect(panel).toHaveAttribute("aria-busy", String(busy));
      if (state === "loading") await expect(panel.locator(".skeleton").first()).toBeVisible();
      if (state === "empty") await expect(panel.locator(".state-empty")).toBeVisible();
      if (state === "error") await expect(panel.getByRole("alert")).toBeVisible();
      if (["immature", "stale", "failing"].includes(state)) await expect(panel.locator(".state-note")).toBeVisible();
      if (["shown", "renewing", "immature", "stale", "failing"].includes(state)) await expect(panel.locator(".panel-foot")).toContainText("As of");
    }
  }
  // Nothing on it shares an id with anything else.
  const doubled = await page.evaluate(() => {
    const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
    return ids.filter((id, at) => ids.indexOf(id) !== at);
  });
  expect(doubled).toEqual([]);
});

test("charts of the guide are read together", async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 1000 });
  await page.goto("/styleguide");
  await hydrated(page);
  const chart = page.locator("[data-kind=time_series][data-state=shown] .chart-overlay:visible");
  await chart.focus();
  await page.keyboard.press("End");
  await expect(page.locator("[data-kind=time_series] .chart-tooltip")).toHaveCount(5);
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`the guide is accessible, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    for (const width of [390, 1024, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      await page.goto("/styleguide");
      await hydrated(page);
      await accessible(page);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      await page.screenshot({ path: `test-results/screenshots/styleguide-${width}-${colorScheme}.png`, fullPage: true });
    }
  });
}

test("print is a report: filters and day in its head, no controls, no chart in two", async ({ page }) => {
  await page.goto("/purchases?range=last_28_days");
  await hydrated(page);
  await expect(page.locator(".panel .state-loading")).toHaveCount(0);
  await page.emulateMedia({ media: "print" });
  await expect(page.locator(".page-sentence")).toContainText("Last 28 days");
  await expect(page.locator(".contract-badge")).toContainText("As of");
  for (const control of ["form.filter-bar", ".shell-nav", ".panel-menu", ".release-notice", "dialog"]) {
    for (const element of await page.locator(control).all()) await expect(element).toBeHidden();
  }
  expect(await page.locator(".panel-time_series").first().evaluate((panel) => getComputedStyle(panel).breakInside)).toBe("avoid");
  await page.pdf({ path: "test-results/screenshots/purchases.pdf", format: "A4" });
  await page.screenshot({ path: "test-results/screenshots/purchases-print.png", fullPage: true });
});
