// Names with markup, quotes, a formula, right-to-left text and signs of addresses: each is only text, wherever it stands.
import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { ODD_NAMES } from "../server";
import { accessible, expect, hydrated, test } from "./page";

const names = Object.values(ODD_NAMES);
const address = (name: string) => `/purchases?range=all_time&school=${encodeURIComponent(name)}`;

async function open(page: Page, path: string): Promise<void> {
  page.on("dialog", (dialog) => expect(dialog.message(), "a name was run").toBe(""));
  await page.goto(path);
  await hydrated(page);
  await expect(page.locator(".state-loading")).toHaveCount(0);
  expect(await page.locator("img").count()).toBe(0);
}

test.slow();

for (const name of names) {
  test(`“${name}” is only text in chips, boards, menus, tables and the drawer`, async ({ page }) => {
    await open(page, address(name));
    const chip = page.locator(".filter-chip", { hasText: "School" });
    await expect(chip).toContainText(name);
    const board = page.getByRole("region", { name: "School", exact: true });
    const row = board.locator(".leader-row.is-selected");
    await expect(row.locator(".leader-name")).toHaveText(name);
    await row.locator(".drill-link").click();
    const drawer = page.locator("dialog.drill");
    await expect(drawer.locator(".drill-chosen")).toContainText(name);
    await expect(drawer.locator("tbody tr").first()).toContainText(name);
    await accessible(page);
    await page.keyboard.press("Escape");
    await expect(drawer).toBeHidden();
    const menu = page.locator(".filter-menu", { hasText: "School" });
    await menu.locator("summary").click();
    await menu.getByRole("searchbox").fill(name.slice(0, 12));
    await expect(menu.locator(".value-link", { hasText: name }).first()).toBeVisible();
    await page.keyboard.press("Escape");
    // Chosen again, the filter is taken away: its own link spells the name as the address does.
    await row.locator(".leader-link").click();
    await expect(page).not.toHaveURL(/school=/);
  });
}

test("right-to-left names run from the right, in rows that run from the left", async ({ page }) => {
  await open(page, address(ODD_NAMES.s0008));
  const name = page.getByRole("region", { name: "School", exact: true }).locator(".leader-row.is-selected .leader-name");
  expect(await name.evaluate((element) => [getComputedStyle(element).direction, getComputedStyle(element.parentElement!).direction])).toEqual(["rtl", "ltr"]);
});

test("names are only text in a chart's legend, its reading and its table", async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 1000 });
  await open(page, `/purchases?range=last_12_months&grain=month&school=${names.map(encodeURIComponent).join(",")}&lines=school`);
  const panel = page.locator(".panel-time_series");
  await panel.locator("details.twin summary").click();
  for (const name of names) await expect(panel.locator("details.twin thead")).toContainText(name);
  await panel.locator(".chart-overlay:visible").focus();
  await page.keyboard.press("End");
  for (const name of names) await expect(panel.locator(".chart-tooltip:visible")).toContainText(name);
  await accessible(page);
});

test("names are only text in Explore, in why, in look-up and in files", async ({ page }) => {
  const chosen = names.map(encodeURIComponent).join(",");
  await open(page, `/explore?range=all_time&by=school__school_name&metrics=retail_spend&compare=none&school=${chosen}`);
  const panel = page.locator("#panel-breakdown");
  for (const name of names) await expect(panel.locator("tbody")).toContainText(name);
  await panel.locator(".panel-menu summary").click();
  const file = page.waitForEvent("download");
  await panel.getByRole("link", { name: "Download CSV" }).click();
  const download = await file;
  expect(download.suggestedFilename()).toMatch(/^explore-breakdown-[\w.-]+\.csv$/);
  const lines = readFileSync(await download.path(), "utf8").trimEnd().split("\r\n");
  expect(lines[0]).toBe("School,Retail spend");
  expect(lines.length).toBe(1 + names.length);
  for (const name of names) {
    const guarded = name.startsWith("=") ? `'${name}` : name;
    const quoted = /[",]/.test(name) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
    expect(lines.filter((line) => line.startsWith(`${quoted},`)).length, name).toBe(1);
  }
  await open(page, `/why?metric=retail_spend&by=school__school_name&school=${chosen}`);
  for (const name of names) await expect(page.locator("main")).toContainText(name);
  await open(page, "/lookup?school=s0042");
  await expect(page.locator(".found-title")).toContainText(ODD_NAMES.s0042);
});
