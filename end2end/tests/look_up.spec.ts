// A school, a user or a receipt, found by a part of its name, and any metrics by any dimensions.
import { expect, hydrated, test } from "./page";

test("a school is found by a part of its name and leads to receipts, users and landing files", async ({ page }) => {
  await page.goto("/lookup");
  await hydrated(page);
  await page.getByRole("searchbox", { name: "Search" }).fill("ele");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/lookup\?q=ele/);
  const first = page.locator("#panel-schools .found-names a").first();
  const name = await first.textContent();
  await first.click();
  await expect(page.locator(".found-title")).toHaveText(`School ${name}`);
  await expect(page.locator("#panel-timeline .timeline-day").first()).toBeVisible();
  const receipt = page.locator("#panel-receipts tbody tr").first();
  const amount = await receipt.locator("td.num").first().textContent();
  await receipt.locator("th a").click();
  await expect(page.locator(".found-title")).toContainText("Receipt r");
  await expect(page.locator("#panel-facts")).toContainText(amount ?? "no amount");
  const cents = (text: string | null) => Math.round(Number((text ?? "").replace(/[^0-9.-]/g, "")) * 100);
  const lines = await page.locator("#panel-lines tbody tr td:nth-of-type(3)").allTextContents();
  expect(lines.map(cents).reduce((sum, line) => sum + line, 0)).toBe(cents(amount));
  await expect(page.locator("#panel-lines tbody code").first()).toHaveText(/^[0-9a-f]{12}$/);
  await page.locator("#panel-facts a", { hasText: /^u\d+/ }).click();
  await expect(page.locator(".found-title")).toContainText("User u");
  await expect(page.locator("#panel-timeline")).toContainText("Signed up");
  await page.goBack();
  await expect(page.locator(".found-title")).toContainText("Receipt r");
});

test("a name that nothing has is said, whatever it holds", async ({ page }) => {
  await page.goto(`/lookup?q=${encodeURIComponent(`"><b>'%_\u{1F600}`)}`);
  await hydrated(page);
  await expect(page.locator(".look-up [role=status]")).toContainText("Nothing has this in its name");
  await page.goto(`/lookup?user=${encodeURIComponent("<b>nobody</b>")}`);
  await expect(page.locator(".look-up [role=status]")).toContainText("No user is called “<b>nobody</b>”");
});

test("without scripts the search is a form", async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${process.env.BASE_URL ?? ""}/lookup?q=ele&view=static`);
  await expect(page.locator("#panel-schools .found-names a").first()).toBeVisible();
  await context.close();
});

test("any metrics are shown by any dimensions, and back undoes each step", async ({ page }) => {
  await page.goto("/explore");
  await hydrated(page);
  await expect(page.locator("#panel-breakdown svg").first()).toBeVisible();
  await page.getByText("Add a dimension").click();
  await page.getByRole("link", { name: "Department", exact: true }).click();
  await expect(page).toHaveURL(/by=product__department/);
  await expect(page.locator("#panel-breakdown tbody tr").first()).toBeVisible();
  await page.getByText("Add a metric").click();
  await page.locator(".explore-item[href*='metrics=retail_spend,receipts']").first().click();
  await expect(page).toHaveURL(/metrics=retail_spend,receipts/);
  await expect(page.locator("#panel-breakdown thead")).toContainText("Receipts");
  await page.getByRole("link", { name: "Bars" }).click();
  await expect(page.locator("#panel-breakdown .leader-row").first()).toBeVisible();
  await page.goBack();
  await expect(page.locator("#panel-breakdown tbody tr").first()).toBeVisible();
  await page.goBack();
  await expect(page.locator("#panel-breakdown thead")).not.toContainText("Receipts");
});
