// Explore's pivot: totals that are counted, not added up; sorted by any column; heads that stay in sight.
import type { Page } from "@playwright/test";

import { accessible, expect, hydrated, test } from "./page";

const number = (text: string | null) => Number((text ?? "").replace(/[^0-9.\u2212-]/g, "").replace("\u2212", "-"));

async function pivot(page: Page, query: string) {
  await page.goto(`/explore?${query}&chart=pivot`);
  await hydrated(page);
  await expect(page.locator(".pivot-total")).toBeVisible();
  return page.locator("#panel-breakdown .pivot");
}

const figures = (rows: ReturnType<Page["locator"]>) => rows.locator("td").allInnerTexts().then((texts) => texts.map(number));

test("totals of a count of people are what was counted, not what cells add up to", async ({ page }) => {
  const table = await pivot(page, "metrics=shoppers&by=user__state,product__department");
  const heads = await table.locator("thead tr:last-child th").count();
  const total = await figures(table.locator(".pivot-total"));
  expect(total).toHaveLength(heads - 1);
  const all = total.at(-1) ?? 0;
  const headline = await page.locator("#panel-totals .figure-value .drill-link, #panel-totals .figure-value").first().innerText();
  expect(all).toBe(number(headline.split(",")[0] === "" ? null : headline));
  // A shopper buys in several departments.
  expect(total.slice(0, -1).reduce((sum, part) => sum + part, 0)).toBeGreaterThan(all);
  const rows = await table.locator("tbody tr:not(.pivot-total)").all();
  for (const row of rows.slice(0, 4)) {
    const cells = await figures(row);
    const end = cells.at(-1) ?? 0;
    expect(Math.max(...cells.slice(0, -1))).toBeLessThanOrEqual(end);
    expect(end).toBeLessThanOrEqual(cells.slice(0, -1).reduce((sum, part) => sum + part, 0));
  }
});

test("rows are sorted by any column, back undoes it, and others and the total stay last", async ({ page }) => {
  const table = await pivot(page, "metrics=retail_spend&by=school__school_name,product__department");
  const column = async (at: number) => {
    const cells = await table.locator(`tbody tr:not(.pivot-other, .pivot-total) td:nth-of-type(${at})`).allInnerTexts();
    return cells.map(number);
  };
  const descending = (values: number[]) => [...values].sort((a, b) => b - a);
  const ends = await table.locator("thead tr:last-child th.num").count();
  expect(await column(ends)).toEqual(descending(await column(ends)));
  expect(await column(2)).not.toEqual(descending(await column(2)));
  await table.locator("thead tr:last-child th.num a").nth(1).click();
  await expect(page).toHaveURL(/sort=-/);
  await expect(table.locator("th[aria-sort=descending]")).toHaveCount(1);
  await expect.poll(async () => JSON.stringify(await column(2)) === JSON.stringify(descending(await column(2)))).toBe(true);
  await expect(table.locator("tbody tr").last()).toHaveClass(/pivot-total/);
  await expect(table.locator("tbody tr").nth(-2)).toHaveClass(/pivot-other/);
  await page.goBack();
  await expect(page).not.toHaveURL(/sort=/);
  await expect.poll(async () => JSON.stringify(await column(ends)) === JSON.stringify(descending(await column(ends)))).toBe(true);
});

test("periods stand across, and names and heads stay in sight", async ({ page }) => {
  const table = await pivot(page, "metrics=retail_spend&by=user__state&range=last_365_days&grain=week");
  await expect(page.locator(".explore-row", { hasText: "Across" }).locator("[aria-current]")).toHaveText("Periods");
  const total = await figures(table.locator(".pivot-total"));
  const cents = (value: number) => Math.round(value * 100);
  // Dollars do add up.
  expect(total.slice(0, -1).reduce((sum, part) => sum + cents(part), 0)).toBe(cents(total.at(-1) ?? 0));
  const scroll = page.locator(".pivot-scroll");
  const name = table.locator("tbody tr").first().locator("th");
  const before = await name.boundingBox();
  await scroll.evaluate((element) => element.scrollTo({ left: 400 }));
  expect(await scroll.evaluate((element) => element.scrollLeft)).toBe(400);
  expect((await name.boundingBox())?.x).toBe(before?.x);
  await page.setViewportSize({ width: 390, height: 800 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await accessible(page);
});

test("two dimensions stand below each other", async ({ page }) => {
  const table = await pivot(page, "metrics=receipts&by=user__state,user__channel,purchase__weekday");
  await expect(table.locator("thead tr:last-child th").first()).toHaveText("State");
  const heads = await table.locator("thead tr:last-child th.num").allInnerTexts();
  expect(heads.slice(0, 7)).toEqual(["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]);
  const first = table.locator("tbody tr").first().locator("th");
  await expect(first).toHaveCount(2);
  expect(await table.locator(".pivot-name .visually-hidden").count()).toBeGreaterThan(0);
  await accessible(page);
});
