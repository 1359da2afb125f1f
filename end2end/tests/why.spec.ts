import { accessible, expect, hydrated, test } from "./page";

const money = /\$[\d,]+\.\d\d/;

/** What is written, as a number: "−$1,234.50" is −1234.5. */
function amount(text: string | null): number {
  return Number((text ?? "").replace("−", "-").replace(/[^\d.-]/g, ""));
}

test("the overview comes first and shows ten figures, each with its contracts", async ({ page }) => {
  await page.goto("/");
  await expect(page).toHaveURL(/\/overview$/);
  await hydrated(page);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Overview");
  await expect(page.locator(".figure-card")).toHaveCount(10);
  await expect(page.locator(".figure-value").first()).toHaveText(money);
  await expect(page.locator(".figure-card .figure-contracts")).toHaveCount(10);
  await expect(page.locator(".figure-card .sparkline svg")).toHaveCount(10);
  await accessible(page);
});

test("a figure leads to why it changed, by keyboard, and the parts add up to the change", async ({ page }) => {
  await page.goto("/overview");
  await hydrated(page);
  const why = page.locator(".figure-card").first().getByRole("link", { name: /Why/ });
  await why.focus();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/why\?metric=retail_spend/);
  await expect(page.locator(".why-title")).toContainText("Retail spend");
  await expect(page.locator(".why-sentences li").first()).toBeVisible();
  await expect(page.locator(".fig-waterfall:visible")).toHaveCount(1);
  const rows = page.locator(".why-table tbody tr");
  await expect(page.locator(".why-table .why-total").first()).toBeVisible();
  const changes = await rows.locator("td:last-child").allTextContents();
  const total = changes.pop()!;
  const sum = changes.reduce((cents, text) => cents + Math.round(amount(text) * 100), 0);
  expect(sum).toBe(Math.round(amount(total) * 100));
  await accessible(page);
});

test("a part is explained in turn, and back undoes it", async ({ page }) => {
  await page.goto("/why?metric=retail_spend&by=user__state");
  await hydrated(page);
  const first = page.locator(".why-table tbody th a").first();
  const state = await first.textContent();
  await first.click();
  await expect(page).toHaveURL(/state=/);
  await expect(page.locator(".filter-chip").first()).toContainText(state!.replace(/ \(.*/, ""));
  await page.goBack();
  await expect(page).not.toHaveURL(/state=/);
  await expect(page.locator(".filter-chip")).toHaveCount(0);
});

test("what was restated between two releases is told apart", async ({ page }) => {
  await page.goto("/why?metric=retail_spend&by=user__state&from=2026-05-01&to=2026-05-31&compare=2026-04-01..2026-04-30");
  await hydrated(page);
  const options = page.getByLabel("As reported in").locator("option");
  await expect(options.nth(1)).toBeAttached();
  await page.getByLabel("As reported in").selectOption({ index: 1 });
  await page.getByRole("button", { name: "Explain" }).click();
  await expect(page).toHaveURL(/then=/);
  await expect(page.locator(".why-table")).toContainText("Real change");
  await expect(page.locator(".why-table")).toContainText("Change as reported");
});

test("why works without scripts, and says what it cannot explain", async ({ browser, baseURL }) => {
  const plain = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
  await plain.goto(`${baseURL}/why?metric=average_basket&view=static`);
  await expect(plain.locator(".why-title")).toContainText("Average basket");
  await plain.locator(".why-table tbody th a").first().click();
  await expect(plain).toHaveURL(/view=static/);
  await expect(plain.locator(".why-table")).toBeVisible();
  await plain.goto(`${baseURL}/why?metric=retail_spend&compare=none&view=static`);
  await expect(plain.locator(".notice")).toContainText("There is nothing to compare with.");
  await plain.goto(`${baseURL}/why?metric=shoes&view=static`);
  await expect(plain.locator(".state-error")).toContainText("There is no metric “shoes” to explain.");
  await plain.context().close();
});
