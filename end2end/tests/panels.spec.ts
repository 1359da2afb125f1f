// The panels of Purchases: boards, the table, the heat map, and the rows below a figure.
import { type Locator, type Page } from "@playwright/test";
import { accessible, expect, hydrated, test } from "./page";

const money = /\$[\d,]+\.\d\d/;
const cents = (text: string | null) => Math.round(Number((text ?? "").replace(/[^\d.−-]/g, "").replace("−", "-")) * 100);

/** A figure's own text, without what is said to those who do not see where it stands. */
const written = (link: Locator) => link.evaluate((a) => a.firstChild?.textContent ?? "");
const board = (page: Page, name: string) => page.getByRole("region", { name, exact: true });

test("several values of a board are kept, each is marked, and back takes them away one by one", async ({ page }) => {
  await page.goto("/purchases?range=all_time");
  await hydrated(page);
  const states = board(page, "State");
  await states.locator(".leader-link").nth(0).click();
  await expect(states.locator(".is-selected")).toHaveCount(1);
  await states.locator(".leader-link").nth(1).click();
  await expect(states.locator(".is-selected")).toHaveCount(2);
  await expect(page).toHaveURL(/state=[A-Z]{2},[A-Z]{2}/);
  await expect(states.getByText("2 chosen")).toBeVisible();
  await page.goBack();
  await expect(states.locator(".is-selected")).toHaveCount(1);
  await page.goBack();
  await expect(states.locator(".is-selected")).toHaveCount(0);
});

test("a value is left out by its button, by a key, and by a click with Shift", async ({ page }) => {
  await page.goto("/purchases?range=all_time");
  await hydrated(page);
  const departments = board(page, "Department");
  const total = page.locator(".panel-headline .figure-value").first();
  const before = cents(await total.textContent());
  const first = departments.locator(".leader-row").first();
  const own = cents(await written(first.locator(".leader-value a")));
  await first.locator(".leader-out").focus();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/department=!/);
  await expect.poll(async () => cents(await total.textContent())).toBe(before - own);
  await expect(departments.locator(".is-left-out")).toHaveCount(1);
  await departments.locator(".leader-link").nth(1).click({ modifiers: ["Shift"] });
  await expect(page).toHaveURL(/department=![^&]+,/);
  await expect(departments.locator(".is-left-out")).toHaveCount(2);
  await departments.getByRole("link", { name: "Show only" }).click();
  await expect(departments.locator(".is-selected")).toHaveCount(2);
  await departments.getByRole("link", { name: "Clear" }).click();
  await expect(page).not.toHaveURL(/department=/);
});

test("a value that no longer exists is named, shows nothing, and can be taken away", async ({ page }) => {
  await page.goto("/purchases?state=ZZ");
  await hydrated(page);
  const chip = page.locator(".filter-chip", { hasText: "State: ZZ" });
  await expect(chip).toBeVisible();
  await expect(board(page, "State").locator(".is-selected", { hasText: "ZZ" })).toBeVisible();
  await expect(page.locator(".panel-table")).toContainText("Nothing was recorded");
  await chip.click();
  await expect(page).not.toHaveURL(/state=/);
  await expect(page.locator(".panel-table tbody tr").first()).toContainText(money);
});

test("a range before the first data says so in every panel", async ({ page }) => {
  await page.goto("/purchases?from=1990-01-01&to=1990-01-31");
  await hydrated(page);
  await expect(page.locator(".panel-table")).toContainText("Nothing was recorded in Jan 1 – Jan 31, 1990");
  await expect(page.locator(".panel-histogram")).toContainText("Nothing was recorded");
  await expect(page.locator(".panel-heat_map")).toContainText("Nothing was recorded");
  await expect(page.locator(".panel-headline .figure-value").first()).toHaveText(/–/);
});

test("values are searched in the warehouse, and an answer that was overtaken is dropped", async ({ page }) => {
  await page.goto("/purchases?range=all_time");
  await hydrated(page);
  const brands = board(page, "Brand");
  const field = brands.getByRole("searchbox");
  // The first answer is held back until the second one is there.
  let release = () => {};
  const held = new Promise<void>((go) => (release = go));
  let asked = 0;
  await page.route("**/api/fn/found_values", async (route) => {
    if (asked++ === 0) await held;
    await route.continue().catch(() => {});
  });
  const request = page.waitForRequest("**/api/fn/found_values");
  await field.fill("a");
  await request;
  await field.fill("zzzzzz");
  await expect(brands.locator(".value-found")).toContainText("No value holds these letters");
  const late = page.waitForResponse("**/api/fn/found_values");
  release();
  await late;
  await expect(brands.locator(".value-found")).toContainText("No value holds these letters");
  await field.fill("");
  await expect(brands.locator(".value-row")).toHaveCount(0);
});

test("a menu of the bar is opened, searched and closed by keys", async ({ page }) => {
  await page.goto("/purchases?range=all_time");
  await hydrated(page);
  const menu = page.locator(".filter-menu", { hasText: "School" });
  await menu.locator("summary").focus();
  await page.keyboard.press("Enter");
  await expect(menu.locator(".value-row").first()).toBeVisible();
  await accessible(page);
  const name = await menu.locator(".value-link").first().textContent();
  await menu.getByRole("searchbox").fill(name!.slice(0, 4).toLowerCase());
  await expect(menu.locator(".value-link", { hasText: name! }).first()).toBeVisible();
  await menu.locator(".value-link", { hasText: name! }).first().focus();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/school=/);
  await page.keyboard.press("Escape");
  await expect(menu).not.toHaveAttribute("open", /.*/);
  await expect(menu.locator("summary")).toBeFocused();
});

test("a table is sorted by its heads and paged by links, and back undoes both", async ({ page }) => {
  await page.goto("/purchases?range=all_time&compare=none");
  await hydrated(page);
  const table = page.locator(".panel-table");
  const names = () => table.locator("tbody th").allTextContents();
  const first = await names();
  await expect(table.locator("th[aria-sort=descending]")).toContainText("Retail spend");
  await table.getByRole("link", { name: "Sort by Units" }).click();
  await expect(page).toHaveURL(/products\.sort=-units/);
  await expect(table.locator("th[aria-sort=descending]")).toContainText("Units");
  const links = await table.locator("tbody tr td:last-child a").all();
  const units = (await Promise.all(links.map(written))).map(cents);
  expect(units).toEqual([...units].sort((a, b) => b - a));
  await table.getByRole("link", { name: "Sort by Units" }).click();
  await expect(table.locator("th[aria-sort=ascending]")).toContainText("Units");
  await page.goBack();
  await page.goBack();
  await expect(table.locator("th[aria-sort=descending]")).toContainText("Retail spend");
  expect(await names()).toEqual(first);
});

test("sorting a table asks nothing of the other panels", async ({ page }) => {
  await page.goto("/purchases");
  await hydrated(page);
  const asked: string[] = [];
  page.on("request", (request) => {
    if (request.url().includes("/api/fn/")) asked.push(`${request.url()} ${request.postData()}`);
  });
  await page.locator(".panel-table").getByRole("link", { name: "Sort by Product" }).click();
  await expect(page.locator(".panel-table th[aria-sort=ascending]")).toContainText("Product");
  expect(asked.length).toBe(1);
  expect(asked[0]).toContain("panel=products");
});

for (const [what, figure] of [
  ["a headline figure", ".panel-headline .drill-link >> nth=0"],
  ["a row of a board", ".board >> nth=0 >> .drill-link >> nth=1"],
  ["a cell of the table", ".panel-table tbody .drill-link >> nth=0"],
] as const) {
  test(`${what} opens its rows, which add up to it, and Escape gives the focus back`, async ({ page }) => {
    await page.goto("/purchases?range=last_28_days");
    await hydrated(page);
    const link = page.locator(figure);
    const shown = cents(await written(link));
    await link.focus();
    await page.keyboard.press("Enter");
    const drawer = page.locator("dialog.drill");
    await expect(drawer).toBeVisible();
    await expect(drawer.locator("dd").first()).toHaveText(money);
    expect(cents(await drawer.locator("dd").first().textContent())).toBe(shown);
    await accessible(page);
    // Page by page the lines are all there, and their amounts are the figure.
    const column = (await drawer.locator("thead th").allTextContents()).indexOf("Retail spend");
    let sum = 0;
    let lines = 0;
    for (;;) {
      const amounts = await drawer.locator("tbody tr").evaluateAll((rows, at) => rows.map((row) => row.children[at].textContent), column);
      sum += amounts.reduce((all, text) => all + cents(text), 0);
      lines += amounts.length;
      const next = drawer.getByRole("link", { name: "Next rows" });
      if ((await next.count()) === 0) break;
      const before = await drawer.locator("tbody").textContent();
      await next.click();
      await expect.poll(() => drawer.locator("tbody").textContent()).not.toBe(before);
      await expect(drawer).toHaveAttribute("aria-busy", "false");
      await expect(drawer.locator("tbody tr").first()).toBeVisible();
      if (lines > 2_000) break;
    }
    if (lines <= 2_000) {
      expect(sum).toBe(shown);
      expect(cents(await drawer.locator("dd").nth(1).textContent())).toBe(lines * 100);
    }
    await expect(drawer.locator("tbody tr").first()).toContainText(/purchases\/dt=.*, row \d/);
    await page.keyboard.press("Escape");
    await expect(drawer).toBeHidden();
    await expect(page).not.toHaveURL(/drill=/);
    await expect(link).toBeFocused();
  });
}

test("a heat map is read by arrow keys, and its table says the same", async ({ page }) => {
  await page.goto("/purchases?range=all_time");
  await hydrated(page);
  const map = page.locator(".panel-heat_map");
  await map.locator("a.heat").first().focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowDown");
  const reading = map.locator(".heat-reading");
  await expect(reading).toContainText("Tuesday, 01:00–02:00");
  await page.keyboard.press("Enter");
  const drawer = page.locator("dialog.drill");
  await expect(drawer).toBeVisible();
  await expect(drawer.locator(".drill-chosen")).toContainText("Tuesday");
  await page.keyboard.press("Escape");
  await expect(drawer).toBeHidden();
  await map.locator("summary", { hasText: "Show as a table" }).click();
  await expect(map.locator(".twin tbody tr")).toHaveCount(24);
});

test("without JavaScript filters, tables and rows are links", async ({ browser, baseURL }) => {
  const context = await browser.newContext({ javaScriptEnabled: false, baseURL });
  const page = await context.newPage();
  await page.goto("/purchases?range=all_time&view=static");
  await page.locator(".leader-row .leader-out").first().click();
  await expect(page).toHaveURL(/department=!.*view=static/);
  // The form carries along that the value is left out.
  await page.locator("select[name=grain]").selectOption("month");
  await page.getByRole("button", { name: "Apply" }).click();
  await expect(page.locator(".filter-chip")).toContainText("not ");
  await page.locator(".panel-headline .drill-link").first().click();
  await expect(page.locator("section.drill")).toBeVisible();
  await expect(page.locator("section.drill tbody tr").first()).toContainText(money);
  await page.locator("section.drill .drill-close").click();
  await expect(page.locator("section.drill")).toHaveCount(0);
  await context.close();
});
