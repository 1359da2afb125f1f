// Assumptions: each is in the address, none is an export, and back undoes it.
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, hydrated, test } from "./page";

const outcome = (page: Page, label: string) =>
  page.locator(".what-if .figure-card", { has: page.locator(".figure-label", { hasText: new RegExp(`^${label}$`) }) }).locator(".figure-value");

async function open(page: Page, query = ""): Promise<void> {
  await page.goto(`/what-if${query}`);
  await hydrated(page);
  await expect(page.locator(".what-if[aria-busy=true]")).toHaveCount(0);
  await expect(page.locator(".what-if .figure-card")).toHaveCount(6);
}

test("a lever moved by keyboard is an assumption in the address, which back takes away", async ({ page }) => {
  await open(page);
  await expect(page.locator(".what-if-change", { hasText: "No change" })).toHaveCount(6);
  const before = await outcome(page, "Users").textContent();
  const lever = page.getByRole("slider", { name: "Invites per user" });
  await lever.focus();
  await page.keyboard.press("PageUp");
  await expect(page).toHaveURL(/\/what-if\?invites=\d/);
  await expect(outcome(page, "Users")).not.toHaveText(before ?? "");
  await expect(lever).toBeFocused();
  await expect(page.locator(".lever.is-assumed")).toHaveCount(1);
  await expect(lever).toHaveAttribute("aria-valuetext", /^\d\.\d\d invites$/);
  await page.goBack();
  await expect(page).toHaveURL(/\/what-if$/);
  await expect(outcome(page, "Users")).toHaveText(before ?? "");
  await expect(page.locator(".lever.is-assumed")).toHaveCount(0);
});

test("assumptions are marked as such, and nothing of them can be exported", async ({ page, request }) => {
  await open(page, "?vesting=60&expiry=120&hazard=25.5&invites=9&colour=red");
  await expect(page.getByRole("note")).toContainText("Assumptions, not actuals.");
  await expect(page.locator(".what-if .panel-foot .what-if-tag")).toHaveCount(3);
  await expect(page.getByRole("status").filter({ hasText: "ignored: invites=9, colour=red" })).toBeVisible();
  await expect(page.locator(".lever.is-assumed")).toHaveCount(3);
  await expect(page.locator("main").getByRole("link", { name: /CSV|PNG|Excel|Download/i })).toHaveCount(0);
  await expect(page.locator("main [data-menu], main .panel-menu")).toHaveCount(0);
  const catalogue = await (await request.get("/api/v1/catalogue")).text();
  expect(catalogue).not.toMatch(/what.if/i);
  await page.getByRole("link", { name: "All as observed" }).click();
  await expect(page).toHaveURL(/\/what-if$/);
  await expect(page.locator(".lever.is-assumed")).toHaveCount(0);
});

test("the figures at the end of both lines are those of the cards", async ({ page }) => {
  await open(page, "?conversion=30");
  await page.locator(".twin summary").first().click();
  const last = page.locator(".what-if-chart").first().locator("tbody tr").last();
  const [then, now] = await Promise.all([1, 2].map((column) => last.locator("th, td").nth(column).textContent()));
  const users = Number((then ?? "").replaceAll(",", ""));
  expect(users).toBeGreaterThan(Number((now ?? "").replaceAll(",", "")));
  const shown = (await outcome(page, "Users").textContent()) ?? "";
  const scale = shown.endsWith("K") ? 1000 : 1;
  expect(Math.abs(Number(shown.replace(/[K,]/g, "")) * scale - users)).toBeLessThanOrEqual(scale / 200);
});

test("a plain form puts all levers into the address, and assumes only what was moved", async ({ page }) => {
  await page.goto("/what-if?invites=3&conversion=&view=static");
  await expect(page.locator(".lever.is-assumed")).toHaveCount(1);
  const form = page.locator("form.what-if-levers");
  const query = await form.evaluate((form: HTMLFormElement) => new URLSearchParams(new FormData(form) as never).toString());
  await page.goto(`/what-if?${query}&view=static`);
  await expect(page.locator(".lever.is-assumed")).toHaveCount(1);
});

for (const theme of ["light", "dark"] as const) {
  test(`assumptions are accessible, ${theme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: theme });
    for (const width of [390, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      await open(page, "?invites=3");
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.target)}`)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    }
  });
}
