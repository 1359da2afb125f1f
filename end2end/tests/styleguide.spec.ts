// The style guide shows every kind of panel in every state, in both themes; each shot is there to be looked at.
import { accessible, expect, hydrated, test } from "./page";

const kinds = ["headline", "time_series", "leaderboard", "table", "histogram", "heat_map", "pivot", "funnel", "maturing", "intervals", "estimates", "curve", "generations", "trees", "roll_forward", "cohort", "by_age", "register", "assertions"];
const states = ["shown", "loading", "renewing", "empty", "error", "immature", "stale", "failing"];
const themes = ["light", "dark"];
// What only this kind shows.
const marks: Record<string, string> = {
  headline: ".figure-value",
  time_series: ".fig-line",
  leaderboard: ".leader-row",
  table: ".data-table tbody tr",
  histogram: ".fig-bar",
  heat_map: ".heat-8",
  pivot: ".pivot-total",
  funnel: ".funnel-done",
  maturing: ".fig-hatch",
  intervals: ".fig-whisker",
  estimates: ".whisker-dot",
  curve: ".fig-band",
  generations: ".fig-expected",
  trees: ".fig-branch",
  roll_forward: ".statement .is-closing",
  cohort: ".heat.is-immature",
  by_age: ".fig-line",
  register: ".register tfoot",
  assertions: ".verdict",
};

test("every kind of panel is there in every state and theme", async ({ page }) => {
  test.slow();
  await page.goto("/styleguide");
  await hydrated(page);
  for (const theme of themes) {
    for (const kind of kinds) {
      for (const state of states) {
        const panel = page.locator(`[data-theme=${theme}] > [data-kind=${kind}][data-state=${state}] .panel`);
        await expect(panel, `${kind} ${state} ${theme}`).toBeVisible();
        const busy = ["loading", "renewing"].includes(state);
        await expect(panel).toHaveAttribute("aria-busy", String(busy));
        if (state === "loading") await expect(panel.locator(".skeleton").filter({ visible: true }).first()).toBeVisible();
        if (state === "empty") await expect(panel.locator(".state-empty")).toBeVisible();
        if (state === "error") await expect(panel.getByRole("alert")).toBeVisible();
        if (["immature", "stale", "failing"].includes(state)) await expect(panel.locator(".state-note")).toBeVisible();
        if (["shown", "renewing", "immature", "stale", "failing"].includes(state)) {
          await expect(panel.locator(".panel-foot")).toContainText("As of");
          expect(await panel.locator(marks[kind] ?? "none").count(), `${kind} ${state}`).toBeGreaterThan(0);
        }
      }
    }
    for (const state of ["shown", "empty"]) {
      await expect(page.locator(`[data-theme=${theme}] > [data-kind=waterfall][data-state=${state}]`)).toBeVisible();
    }
    for (const bar of [".fig-rise", ".fig-fall", ".fig-sum"]) {
      expect(await page.locator(`[data-theme=${theme}] [data-kind=waterfall] ${bar}`).count()).toBeGreaterThan(0);
    }
  }
  // Nothing on it shares an id with anything else.
  const doubled = await page.evaluate(() => {
    const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
    return ids.filter((id, at) => ids.indexOf(id) !== at);
  });
  expect(doubled).toEqual([]);
});

test("each theme has its own colours on one page, whatever the system wants", async ({ page }) => {
  const colours = (theme: string) =>
    page.locator(`.guide-theme[data-theme=${theme}]`).first().evaluate((guide) => {
      const look = (selector: string, property: string) => {
        const element = guide.closest("main")?.querySelector(`[data-theme=${guide.getAttribute("data-theme")}] ${selector}`);
        if (!element) throw new Error(`no ${selector}`);
        return getComputedStyle(element).getPropertyValue(property);
      };
      return {
        page: getComputedStyle(guide).backgroundColor,
        panel: look(".panel", "background-color"),
        text: look(".figure-value", "color"),
        line: look(".fig-line", "stroke"),
        bad: look(".stands-bad", "color"),
      };
    });
  const seen: Record<string, unknown>[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.goto("/styleguide");
    await hydrated(page);
    seen.push({ light: await colours("light"), dark: await colours("dark") });
  }
  expect(seen[1]).toEqual(seen[0]);
  const [{ light, dark }] = seen as [{ light: Record<string, string>; dark: Record<string, string> }];
  for (const [what, colour] of Object.entries(light)) expect(dark[what], what).not.toBe(colour);
});

test("charts of the guide are read together", async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 1000 });
  await page.goto("/styleguide");
  await hydrated(page);
  const chart = page.locator("[data-theme=light] > [data-kind=time_series][data-state=shown] .chart-overlay:visible");
  await chart.focus();
  await page.keyboard.press("End");
  // Five states with figures, in two themes.
  await expect(page.locator("[data-kind=time_series] .chart-tooltip")).toHaveCount(10);
});

// Both themes are on the page, whichever the system wants; what stands around them is looked at in the other one too.
for (const width of [390, 1024, 1440]) {
  test(`the guide is accessible at ${width}`, async ({ page }) => {
    test.slow();
    await page.setViewportSize({ width, height: 900 });
    await page.goto("/styleguide");
    await hydrated(page);
    await accessible(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    await page.screenshot({ path: `test-results/screenshots/styleguide-${width}.png`, fullPage: true });
    await page.emulateMedia({ colorScheme: "dark" });
    await accessible(page, [".guide-themes"]);
  });
}

test("print is a report: what it is of in its head, no controls, nothing cut off", async ({ page }) => {
  for (const path of ["/purchases?range=last_28_days", "/overview?range=last_28_days"]) {
    await page.goto(path);
    await hydrated(page);
    await expect(page.locator(".panel .state-loading")).toHaveCount(0);
    await page.emulateMedia({ media: "print" });
    await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
    await expect(page.locator(".page-sentence")).toContainText("Last 28 days");
    await expect(page.locator(".contract-badge")).toContainText("As of");
    await expect(page.locator(".panel-foot").first()).toContainText("Release");
    const said = await page.evaluate(() => getComputedStyle(document.body, "::before").content);
    expect(said).toContain(path);
    expect(said).toContain("http://");
    for (const control of ["form.filter-bar", ".shell-nav", ".panel-menu", ".release-notice", "dialog", ".page-link", ".panel-ways", ".value-search"]) {
      for (const element of await page.locator(control).all()) await expect(element).toBeHidden();
    }
    // As wide as A4 between its margins: all columns are on the paper.
    await page.setViewportSize({ width: 703, height: 1000 });
    const cut = await page.evaluate(() =>
      [...document.querySelectorAll(".panel, .panel table, .panel svg")]
        .filter((element) => element.getClientRects().length > 0 && element.getBoundingClientRect().right > innerWidth + 1)
        .map((element) => element.className.toString()),
    );
    expect(cut).toEqual([]);
    for (const colours of await page.locator(".heat-8, .leader-bar, .fig").all()) {
      if (await colours.isVisible()) await expect(colours).toHaveCSS("print-color-adjust", "exact");
    }
    expect(await page.locator(".panel-time_series").first().evaluate((panel) => getComputedStyle(panel).breakInside)).toBe("avoid");
    await page.pdf({ path: `test-results/screenshots${new URL(page.url()).pathname}.pdf`, format: "A4" });
    await page.emulateMedia({ media: "screen" });
    await page.setViewportSize({ width: 1280, height: 720 });
  }
});
