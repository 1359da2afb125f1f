// The palette, shortcuts, menus, the drawer, charts read together, newer figures, and keyboards alone.
import type { Page } from "@playwright/test";
import { accessible, expect, hydrated, test } from "./page";

const money = /\$[\d,]+\.\d\d/;

async function open(page: Page, path = "/purchases"): Promise<void> {
  await page.goto(path);
  await hydrated(page);
  await expect(page.locator(".panel .state-loading")).toHaveCount(0);
}

test("the palette finds pages, ranges and values, and leads there by keyboard", async ({ page }) => {
  await open(page);
  await page.keyboard.press("/");
  const field = page.getByRole("combobox", { name: "Search pages, ranges and values" });
  await expect(field).toBeFocused();
  await expect(page.locator("#palette-list").getByRole("option", { name: /Runs/ })).toBeVisible();
  await accessible(page);
  await field.fill("last 28");
  await expect(page.locator("#palette-list [role=option]")).toHaveCount(1);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/range=last_28_days/);
  await expect(page.locator("#palette")).toBeHidden();

  await page.keyboard.press("Control+k");
  const department = (await page.locator(".leader-name").first().textContent())!.trim();
  await field.fill(department.slice(0, 5).toLowerCase());
  await expect(page.locator("#palette-list").getByRole("option", { name: new RegExp(department, "i") }).first()).toBeVisible();
  const before = await field.getAttribute("aria-activedescendant");
  await page.keyboard.press("ArrowUp");
  if ((await page.locator("#palette-list [role=option]").count()) > 1) await expect(field).not.toHaveAttribute("aria-activedescendant", before!);
  await page.keyboard.press("ArrowDown");
  await expect(field).toHaveAttribute("aria-activedescendant", before!);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/range=last_28_days/);
  await expect(page).toHaveURL(/=/);
});

test("the palette opens again at once after it led somewhere", async ({ page }) => {
  await open(page);
  await page.keyboard.press("/");
  const field = page.locator("#palette-input");
  await field.fill("last 28");
  await expect(page.locator("#palette-list [role=option]")).toHaveCount(1);
  // No waiting in between: the browser has not drawn the closed palette yet.
  await page.keyboard.press("Enter");
  await page.keyboard.press("Control+k");
  await expect(field).toBeFocused();
  await expect(page).toHaveURL(/range=last_28_days/);
  await expect(page.locator("#palette")).toBeVisible();
});

test("nothing found says so, and Escape gives the focus back", async ({ page }) => {
  await open(page);
  const opener = page.getByRole("button", { name: "Search" });
  await opener.focus();
  await page.keyboard.press("Enter");
  await page.locator("#palette-input").fill("<b>nothing & nobody</b>");
  await expect(page.locator(".palette-none")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.locator("#palette")).toBeHidden();
  await expect(opener).toBeFocused();
});

test("the palette switches the theme, and the switch follows", async ({ page }) => {
  await open(page);
  await page.keyboard.press("/");
  await page.locator("#palette-input").fill("dark theme");
  await expect(page.locator("#palette-list [role=option]")).toHaveCount(1);
  await page.keyboard.press("Enter");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await expect(page.getByRole("radio", { name: "Dark" })).toBeChecked();
});

test("shortcuts are listed, and none works in a field", async ({ page }) => {
  await open(page, "/purchases?from=2026-01-01&to=2026-03-31");
  await page.keyboard.press("?");
  await expect(page.getByRole("heading", { name: "Keyboard shortcuts" })).toBeVisible();
  await accessible(page);
  await page.keyboard.press("Escape");
  await page.locator("input[name=from]").focus();
  await page.keyboard.press("/");
  await page.keyboard.press("?");
  await page.keyboard.press("Control+k");
  await expect(page.locator("dialog[open]")).toHaveCount(0);
});

test("behind each panel stand its definition, its origin and its SQL", async ({ page }) => {
  await open(page, "/purchases?department=GROCERY");
  await page.locator("#panel-headline summary, .panel-headline .panel-menu summary").first().click();
  await page.getByRole("button", { name: "Definition, origin and SQL" }).first().click();
  const drawer = page.locator("#drawer");
  await expect(drawer.getByRole("heading", { name: "What is counted" })).toBeVisible();
  await expect(drawer).toContainText("As of");
  await expect(drawer.locator(".formula").first()).toContainText(/sum of|number of/);
  await expect(drawer.locator(".lineage", { hasText: "agg_purchase_shelf" }).first()).toContainText("bronze.purchases");
  await drawer.locator(".statement summary").first().click();
  const sql = drawer.locator(".statement pre").first();
  await expect(sql).toContainText(/select/i);
  await expect(sql).not.toContainText("GROCERY");
  await expect(drawer.locator(".statement tbody").first()).toContainText("GROCERY");
  await accessible(page);
  await page.keyboard.press("Escape");
  await expect(drawer).toBeHidden();
});

test("a panel is copied for a spreadsheet, exact, and linked to", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await open(page);
  const panel = page.locator(".panel-leaderboard").first();
  await panel.locator(".panel-menu summary").click();
  await panel.getByRole("button", { name: "Copy for a spreadsheet" }).click();
  await expect(panel.locator(".panel-menu-said")).toContainText("Copied.");
  const [text, html] = await page.evaluate(async () => {
    const [item] = await navigator.clipboard.read();
    return Promise.all(["text/plain", "text/html"].map(async (kind) => (await item.getType(kind)).text()));
  });
  const lines = text.split("\n").map((line) => line.split("\t"));
  expect(lines[0][0]).toBe("Department");
  expect(lines[1][1]).toMatch(/^\d+(\.\d+)?$/);
  expect(html).toContain("<table");
  await panel.getByRole("button", { name: "Copy a link to this panel" }).click();
  await expect(panel.locator(".panel-menu-said")).toHaveText("Link copied.");
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/\/purchases#panel-\w+$/);
  await expect(panel.getByRole("link", { name: "Download CSV" })).toHaveAttribute("href", /^\/api\/v1\/panels\/purchases\/\w+\.csv$/);
  await page.keyboard.press("Escape");
  await expect(panel.locator(".panel-menu-list")).toBeHidden();
});

test("a drag over a chart chooses the range, a double click gives it back", async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 1000 });
  await open(page, "/purchases?range=last_12_months&grain=month");
  const overlay = page.locator(".panel-time_series .chart-overlay:visible").first();
  await overlay.scrollIntoViewIfNeeded();
  const box = (await overlay.boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.4, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.7, box.y + box.height / 2, { steps: 4 });
  await expect(page.locator(".chart-brush").first()).toBeVisible();
  await page.mouse.up();
  await expect(page).toHaveURL(/from=\d{4}-\d\d-\d\d&to=\d{4}-\d\d-\d\d/);
  await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
  await page.mouse.dblclick(box.x + box.width * 0.5, box.y + box.height / 2);
  await expect(page).not.toHaveURL(/from=/);
});

test("arrow keys read a chart, and with Shift they zoom", async ({ page }) => {
  await open(page, "/purchases?range=last_12_months&grain=month");
  const overlay = page.locator(".panel-time_series .chart-overlay:visible").first();
  await overlay.focus();
  await page.keyboard.press("ArrowRight");
  await expect(page.locator(".chart-tooltip:visible").first()).toContainText(money);
  await expect(page.locator(".panel-time_series .chart [role=status]").first()).toContainText(money);
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/from=\d{4}-\d\d-\d\d&to=\d{4}-\d\d-\d\d/);
});

test("other dates are compared with, and dates that cannot be are refused in words", async ({ page }) => {
  await open(page, "/purchases?from=2026-01-01&to=2026-01-31");
  await page.locator("select[name=compare]").selectOption("custom");
  await expect(page).toHaveURL(/compare=2025-12-01\.\.2025-12-31/);
  await page.locator("input[name=compare_from]").fill("2025-11-01");
  await page.locator("input[name=compare_from]").blur();
  await expect(page).toHaveURL(/compare=2025-11-01\.\.2025-12-31/);
  await expect(page.locator(".page-sentence")).toContainText("Nov 1");
  await page.locator("input[name=from]").fill("1950-01-01");
  await page.locator("input[name=from]").blur();
  await expect(page.getByText("A range may be 50 years long at most.")).toBeVisible();
  await expect(page).toHaveURL(/from=2026-01-01/);
});

test("the release can be pinned, and the page says so", async ({ page }) => {
  await open(page);
  await page.locator(".panel-menu summary").first().click();
  await page.getByRole("button", { name: "Definition, origin and SQL" }).first().click();
  const release = (await page.locator("#drawer .fact", { hasText: "Release" }).locator("dd").textContent())!;
  await open(page, `/purchases?release=${release}`);
  await expect(page.getByText(`Pinned to release ${release}`)).toBeVisible();
  await page.getByRole("link", { name: "Show the current one" }).click();
  await expect(page).not.toHaveURL(/release=/);
  await expect(page.getByText("Pinned to release")).toHaveCount(0);
});

test("newer figures are offered, and shown in place", async ({ page }) => {
  let sent = 0;
  await page.route("**/api/v1/releases/stream", (route) => {
    sent += 1;
    const body = 'retry: 60000\nevent: release\ndata: {"id":"another","business_date":"2026-07-01"}\n\n';
    return route.fulfill({ contentType: "text/event-stream", body });
  });
  await open(page, "/purchases?range=last_28_days");
  const notice = page.locator(".release-notice");
  await expect(notice).toContainText("New figures are there, as of Jul 1, 2026.");
  expect(sent).toBe(1);
  await accessible(page);
  const twin = page.locator(".panel-time_series details.twin");
  await twin.locator("summary").click();
  const scroll = await page.evaluate(() => (window.scrollTo(0, 300), window.scrollY));
  const figures = page.waitForResponse(/panel_view/);
  await notice.getByRole("button", { name: "Show them" }).click();
  await figures;
  await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
  await expect(page).toHaveURL(/range=last_28_days/);
  await expect(twin).toHaveAttribute("open", "");
  expect(await page.evaluate(() => window.scrollY)).toBe(scroll);
});

test("the focus stays on what was chosen by keyboard", async ({ page }) => {
  await open(page);
  const leader = page.locator(".leader-link").nth(1);
  await leader.focus();
  await page.keyboard.press("Enter");
  await expect(page.locator(".leader-row.is-selected")).toHaveCount(1);
  await expect.poll(() => page.evaluate(() => document.activeElement?.className)).toContain("leader-link");
});

test("a question that takes long says so, and can be stopped", async ({ page }) => {
  await open(page);
  let held = 0;
  await page.route("**/api/fn/panel_view", async (route) => {
    held += 1;
    // Never answered: the reader stops it.
  });
  await page.locator("select[name=grain]").selectOption("month");
  const panel = page.locator(".panel-headline");
  await expect(panel.getByText("Still reading the figures…")).toBeVisible();
  await expect(panel.locator(".figure-value").first()).toBeVisible();
  expect(held).toBeGreaterThan(0);
  // The request is given up, and with it, on the server, the statement.
  const given = page.waitForEvent("requestfailed", (request) => request.url().includes("panel_view"));
  await panel.getByRole("button", { name: "Stop" }).click();
  expect((await given).failure()?.errorText).toBe("net::ERR_ABORTED");
  await expect(panel.getByRole("alert")).toContainText("You stopped this.");
  await page.unroute("**/api/fn/panel_view");
  await panel.getByRole("button", { name: "Try again" }).click();
  await expect(panel.locator(".figure-value").first()).toHaveText(money);
});

test("chosen values are compared as lines", async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 1000 });
  await open(page);
  const departments = (await page.locator(".leader-name").allTextContents()).slice(0, 3).map(encodeURIComponent);
  await open(page, `/purchases?range=last_12_months&grain=month&department=${departments.join(",")}&lines=department`);
  const panel = page.locator(".panel-time_series");
  await expect(panel.locator(".is-lines")).toBeVisible();
  await panel.locator("details.twin summary").click();
  const lines = (await panel.locator("details.twin thead th").count()) - 1;
  expect(lines).toBe(departments.length);
  await panel.getByRole("link", { name: "Draw all as one line" }).click();
  await expect(page).not.toHaveURL(/lines=/);
  await expect(panel.locator(".is-lines")).toHaveCount(0);
  await panel.getByRole("link", { name: "Draw a line for each department" }).click();
  await expect(page).toHaveURL(/lines=department/);
});
