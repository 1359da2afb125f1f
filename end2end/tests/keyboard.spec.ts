// Every page by keyboard alone: all that can be reached is reached in order and shows it, and all that it does is done.
import type { Page } from "@playwright/test";
import { cents, expect, hydrated, tabTo, test, walked } from "./page";

// A long page has many stops, each a few messages to the browser.
test.slow();

const money = /\$[\d,]+\.\d\d/;

async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await hydrated(page);
  await expect(page.locator(".state-loading")).toHaveCount(0);
}

for (const [path, controls] of [
  ["/overview", ["a Purchases", "select Automatic", "summary State", "a $"]],
  ["/purchases", ["select Automatic", "summary Department", "a $", "div Retail spend over time"]],
  ["/why?metric=retail_spend&by=user__state", ["select ", "button Explain", "a Department"]],
  ["/referrals", ["summary Inviter", "select ", "a ", "div Invites to sign-ups"]],
  ["/k-factor", ["div k of a cohort", "div Users by generation", "div Trees by size"]],
  ["/explore?by=product__department&metrics=retail_spend,receipts", ["summary Add a metric", "summary Add a dimension", "a Bars"]],
  ["/lookup?q=ele", ["input q", "button Find"]],
  ["/contracts", []],
  ["/runs", []],
  ["/styleguide", []],
] as const) {
  test(`${path} is walked by keyboard alone`, async ({ page }) => {
    await page.goto(path);
    await hydrated(page);
    // The style guide shows panels on their way on purpose.
    if (path !== "/styleguide") await expect(page.locator(".state-loading")).toHaveCount(0);
    const seen = await walked(page);
    expect(seen.some((name) => name.startsWith("a Purchases"))).toBe(true);
    expect(seen.length).toBeGreaterThan(6);
    let from = 0;
    for (const control of controls) {
      const at = seen.findIndex((name, i) => i >= from && name.startsWith(control));
      expect(at, `${control} after ${from} in ${seen.join("\n")}`).toBeGreaterThanOrEqual(0);
      if (control !== "a Purchases") from = at;
    }
  });
}

test("the overview is filtered, and a figure's rows are opened and closed, by keyboard", async ({ page }) => {
  await open(page, "/overview?range=last_28_days");
  const menu = page.locator(".filter-menu", { hasText: "State" });
  await tabTo(page, menu.locator("summary"));
  await page.keyboard.press("Enter");
  const first = menu.locator(".value-link").first();
  await expect(first).toBeVisible();
  await tabTo(page, first);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/state=/);
  // The values come anew, and the focus is on them still.
  await expect(menu.locator(".value-link[aria-current]")).toBeFocused();
  await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
  await page.keyboard.press("Escape");
  await expect(first).toBeHidden();
  await expect(menu.locator("summary")).toBeFocused();
  // One figure of each table that the page counts.
  for (const label of ["Retail spend", "Active users", "New users"]) {
    const figure = page.locator(".figure-card", { hasText: label }).first().locator(".drill-link");
    await tabTo(page, figure);
    const shown = await figure.evaluate((a) => a.firstChild?.textContent ?? "");
    await page.keyboard.press("Enter");
    const drawer = page.locator("dialog.drill");
    await expect(drawer.locator("#drill-title")).toHaveText(label);
    await expect(drawer.locator("dd").first()).toHaveText(shown);
    await expect(drawer.locator("tbody tr").first()).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(drawer).toBeHidden();
    await expect(figure).toBeFocused();
  }
});

for (const name of ["All others", "Total"]) {
  test(`“${name}” of a board leads to its rows`, async ({ page }) => {
    await open(page, "/purchases?range=last_28_days&brand=!Nobody");
    const board = page.getByRole("region", { name: "Brand", exact: true });
    const row = board.locator(".leader-end", { hasText: name });
    const link = row.locator(".drill-link");
    const shown = cents(await link.evaluate((a) => a.firstChild?.textContent ?? ""));
    const listed = await board.locator(".leader-link .leader-name").allTextContents();
    await link.focus();
    await page.keyboard.press("Enter");
    const drawer = page.locator("dialog.drill");
    await expect(drawer.locator("dd").first()).toHaveText(money);
    expect(cents(await drawer.locator("dd").first().textContent())).toBe(shown);
    const said = (await drawer.locator(".drill-chosen").textContent())!;
    // A board leaves its own filter aside, and so do these rows.
    if (name === "Total") expect(said).not.toContain("Brand");
    else expect(said).toContain(`not ${listed[0]}`);
    await page.keyboard.press("Escape");
    await expect(link).toBeFocused();
  });
}

test("a chart's point leads to the rows of its period, by keyboard and by a click", async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 1000 });
  await open(page, "/purchases?range=last_12_months&grain=month");
  const panel = page.locator(".panel-time_series");
  const overlay = panel.locator(".chart-overlay:visible");
  await tabTo(page, overlay);
  await page.keyboard.press("End");
  await page.keyboard.press("ArrowLeft");
  const reading = (await panel.locator(".chart [role=status]").first().textContent())!;
  await page.keyboard.press("Enter");
  const drawer = page.locator("dialog.drill");
  await expect(drawer.locator("dd").first()).toHaveText(money);
  expect(reading).toContain((await drawer.locator("dd").first().textContent())!);
  await expect(page).toHaveURL(/drill=retail_spend%26days%3D2026-05-01\.\.2026-05-31/);
  await page.keyboard.press("Escape");
  await expect(drawer).toBeHidden();
  await expect(overlay).toBeFocused();
  await expect(page).toHaveURL(/range=last_12_months&grain=month$/);

  const box = (await overlay.boundingBox())!;
  await page.mouse.click(box.x + box.width * 0.5, box.y + box.height / 2);
  await expect(drawer.locator("dd").first()).toHaveText(money);
  await page.goBack();
  await expect(drawer).toBeHidden();

  // A bar of the histogram leads to the receipts of its bucket.
  const bars = page.locator(".panel-histogram .chart-overlay:visible");
  await bars.focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("Enter");
  await expect(drawer.locator(".drill-chosen")).toContainText("Basket");
});

test("Explore is built by keyboard", async ({ page }) => {
  await open(page, "/explore");
  const more = page.locator(".explore-more", { hasText: "Add a dimension" });
  await tabTo(page, more.locator("summary"));
  await page.keyboard.press("Enter");
  const department = more.getByRole("link", { name: "Department", exact: true });
  await expect(department).toBeVisible();
  await tabTo(page, department);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/by=product__department/);
  await expect(page.locator("#panel-breakdown tbody tr").first()).toBeVisible();
  const bars = page.getByRole("link", { name: "Bars" });
  await tabTo(page, bars);
  await page.keyboard.press("Enter");
  await expect(page.locator("#panel-breakdown .leader-row").first()).toBeVisible();
  await page.goBack();
  await page.goBack();
  await expect(page).not.toHaveURL(/by=/);
});

test("Look-up is searched and followed by keyboard, and back leads back", async ({ page }) => {
  await open(page, "/lookup");
  await tabTo(page, page.getByRole("searchbox", { name: "Search" }));
  await page.keyboard.type("ele");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/q=ele/);
  const school = page.locator("#panel-schools .found-names a").first();
  await expect(school).toBeVisible();
  await tabTo(page, school);
  await page.keyboard.press("Enter");
  await expect(page.locator(".found-title")).toContainText("School");
  await page.goBack();
  await expect(school).toBeVisible();
});
