import { readFileSync, writeFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { accessible, expect, hydrated, test } from "./page";

const money = /\$[\d,]+\.\d\d/;

test("shows headline figures, a chart, a leaderboard and a table", async ({ page }) => {
  await page.goto("/purchases");
  await hydrated(page);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Purchases");
  await expect(page.locator(".panel-headline .figure-value").first()).toHaveText(money);
  await expect(page.locator(".panel-time_series svg").first()).toBeAttached();
  await expect(page.locator(".panel-leaderboard .leader-row").first()).toContainText(money);
  expect(await page.locator(".panel-table tbody tr").count()).toBeGreaterThan(5);
});

test("says the same with JavaScript off, in the text of the HTML", async ({ page, browser, baseURL }) => {
  await page.goto("/purchases?range=all_time");
  await hydrated(page);
  const shown = await page.locator(".panel-headline .figure-value").allTextContents();
  expect(shown.length).toBeGreaterThan(2);

  const plain = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
  await plain.goto(`${baseURL}/purchases?range=all_time`);
  await plain.waitForURL(/view=static/);
  await expect(plain.locator(".panel-headline .figure-value")).toHaveText(shown);
  await expect(plain.locator(".panel-time_series svg").first()).toBeVisible();
  await plain.locator(".leader-row").first().click();
  await expect(plain).toHaveURL(/department=/);
  await expect(plain).toHaveURL(/view=static/);
  await plain.context().close();
});

test("a department filters on click, the URL says so, and back undoes it", async ({ page }) => {
  await page.goto("/purchases");
  await hydrated(page);
  const total = page.locator(".panel-headline .figure-value").first();
  await expect(total).toHaveText(money);
  const before = await total.textContent();
  await page.locator(".panel-leaderboard .leader-link").first().click();
  await expect(page).toHaveURL(/department=/);
  await expect(total).not.toHaveText(before!);
  await expect(page.locator(".leader-row.is-selected")).toHaveCount(1);
  expect(await page.locator(".leader-row").count()).toBeGreaterThan(1);
  await page.goBack();
  await expect(page).not.toHaveURL(/department=/);
  await expect(total).toHaveText(before!);
});

test("the filter bar changes the URL and every panel", async ({ page }) => {
  await page.goto("/purchases");
  await hydrated(page);
  const total = page.locator(".panel-headline .figure-value").first();
  const before = await total.textContent();
  const states = page.locator(".filter-menu", { hasText: "State" });
  await states.locator("summary").click();
  await states.locator(".value-link").first().click();
  await expect(page).toHaveURL(/state=/);
  await expect(total).not.toHaveText(before!);
  await page.locator("select[name=grain]").selectOption("month");
  await expect(page).toHaveURL(/grain=month/);
  await page.locator("select[name=compare]").selectOption("none");
  await expect(page).toHaveURL(/compare=none/);
  await expect(page.locator(".panel-headline .figure-change")).toHaveCount(0);
});

test("a first day after the last one moves the last one along", async ({ page }) => {
  await page.goto("/purchases?from=2026-01-01&to=2026-01-31");
  await hydrated(page);
  await page.locator("input[name=from]").fill("2026-02-10");
  await page.locator("input[name=from]").blur();
  await expect(page).toHaveURL(/from=2026-02-10&to=2026-02-10/);
  await expect(page.locator("input[name=to]")).toHaveValue("2026-02-10");
});

test("a changed filter keeps the chart in step with its table", async ({ page }) => {
  await page.goto("/purchases?range=last_12_months&grain=month");
  await hydrated(page);
  const chart = page.locator(".panel-time_series");
  await chart.locator("details.twin summary").click();
  const rows = await chart.locator("details.twin tbody tr").count();
  expect(rows).toBeGreaterThan(11);
  await page.locator("select[name=grain]").selectOption("quarter");
  await expect.poll(() => chart.locator("details.twin tbody tr").count()).toBeLessThan(rows);
  await expect(chart.locator("svg path").first()).toBeAttached();
});

test("hover and arrow keys tell the exact figures of a period", async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 1000 });
  await page.goto("/purchases?range=last_12_months&grain=month");
  await hydrated(page);
  const overlay = page.locator(".panel-time_series .chart-overlay").first();
  await overlay.scrollIntoViewIfNeeded();
  const box = (await overlay.boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.5, box.y + box.height * 0.5);
  const tooltip = page.locator(".chart-tooltip");
  await expect(tooltip).toContainText(money);
  const first = await tooltip.textContent();
  await overlay.focus();
  await page.keyboard.press("ArrowRight");
  await expect(tooltip).not.toHaveText(first!);
  await expect(tooltip).toContainText(money);
});

test("wrong parameters fall back visibly", async ({ page }) => {
  const response = await page.goto("/purchases?grain=fortnight&from=tomorrow&state=%F0%9F%8D%8E%3Cscript%3E");
  expect(response!.status()).toBe(200);
  await hydrated(page);
  await expect(page.getByText("ignored: grain=fortnight")).toBeVisible();
  await expect(page.locator(".panel-headline")).toBeVisible();
});

test("an unknown page is a 404 that leads on", async ({ page, request }) => {
  expect((await request.get("/nowhere")).status()).toBe(404);
});

test("the theme is switched and kept", async ({ page }) => {
  await page.emulateMedia({ colorScheme: "light" });
  await page.goto("/purchases");
  await hydrated(page);
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background();
  await page.getByRole("radio", { name: "Dark" }).check({ force: true });
  await expect.poll(background).not.toBe(light);
  const dark = await background();
  await page.reload();
  expect(await background()).toBe(dark);
});

test("an edit of a dashboard shows on reload, and a mistake names file and line", async ({ page, expectedComplaints }) => {
  const file = join(process.env.PROJECT!, "dashboards", "edited.yml");
  const text = readFileSync(join(process.env.PROJECT!, "dashboards", "purchases.yml"), "utf8");
  try {
    writeFileSync(file, text.replace("title: Purchases", "title: Edited"));
    await page.goto("/edited");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Edited");
    writeFileSync(file, text.replace("title: Purchases", "title: Edited again"));
    await page.reload();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Edited again");
    const line = text.split("\n").findIndex((l) => /kind: *leaderboard/.test(l)) + 1;
    writeFileSync(file, text.replace(/kind: *leaderboard/, "kind: leaderbord"));
    await page.reload();
    expectedComplaints.push("error: Failed to load resource: the server responded with a status of 500 (Internal Server Error)");
    await expect(page.locator("main")).toContainText("edited.yml");
    await expect(page.locator("main")).toContainText(new RegExp(`\\b${line}\\b`));
    await expect(page.locator("main")).toContainText("leaderboard");
  } finally {
    rmSync(file, { force: true });
  }
});

for (const width of [390, 1024, 1440]) {
  for (const colorScheme of ["light", "dark"] as const) {
    test(`is accessible and stays inside ${width} px, ${colorScheme}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      await page.goto("/purchases");
      await hydrated(page);
      await expect(page.locator(".panel").first()).toBeVisible();
      await expect(page.locator(".panel .panel-body[aria-busy=true]")).toHaveCount(0);
      await accessible(page);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      await page.screenshot({ path: `test-results/screenshots/purchases-${width}-${colorScheme}.png`, fullPage: true });
    });
  }
}

test("prints a report without controls", async ({ page }) => {
  await page.goto("/purchases");
  await hydrated(page);
  await page.emulateMedia({ media: "print" });
  await expect(page.locator("form.filter-bar")).toBeHidden();
  await expect(page.locator(".panel-headline .figure-value").first()).toBeVisible();
});
