// The pages of runs and contracts. The world has three runs: two published a release, the last one failed.
import { accessible, expect, hydrated, test } from "./page";

const releaseId = /\d{4}-\d\d-\d\d-[0-9a-f]{12}/;

test("a failed run shows, with where, why, and what is still shown", async ({ page }) => {
  await page.goto("/runs");
  await hydrated(page);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Runs");
  await expect(page.locator(".page-sentence")).toHaveText(/^The last run failed in contracts on .* and published nothing; release .* is shown on\.$/);
  await expect(page.locator("#panel-last_run .figure-value").first()).toContainText("Failed");
  const rows = page.locator("#panel-runs .run-row");
  await expect(rows).toHaveCount(3);
  await expect(rows.locator(".standing")).toHaveText(["Failed", "Published", "Published"].map((word) => new RegExp(word)));
  const why = page.locator("#panel-runs .run-why details");
  await expect(why.locator(".run-error")).toBeHidden();
  await why.locator("summary").click();
  await expect(why.locator(".run-error")).toContainText("no_school_is_in_kentucky");
  const releases = page.locator("#panel-releases tbody tr");
  await expect(releases).toHaveCount(2);
  await expect(releases.first()).toContainText("Current");
  await expect(releases.first()).toContainText(releaseId);
  await expect(releases.last()).toContainText("Earlier");
});

test("a page that came whole asks for nothing again", async ({ page }) => {
  const asked: string[] = [];
  page.on("request", (request) => request.url().includes("/api/fn/") && asked.push(request.url()));
  for (const path of ["/runs", "/contracts"]) {
    await page.goto(path);
    await hydrated(page);
    await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
  }
  expect(asked).toEqual([]);
});

test("a run is looked at without leaving the page, and back undoes it", async ({ page }) => {
  await page.goto("/runs");
  await hydrated(page);
  const detail = page.locator("#panel-run");
  await expect(detail).toContainText("It took in no new file.");
  await page.locator("#panel-runs .run-row a").last().click();
  await expect(page).toHaveURL(/run=/);
  await expect(detail.locator("tbody tr").first()).toContainText("events");
  await detail.locator("details.twin summary").click();
  await expect(detail.locator("details.twin tbody tr").first()).toContainText(/dt=\d{4}-\d\d-\d\d/);
  await page.goBack();
  await expect(detail).toContainText("It took in no new file.");
});

test("contracts say how they stand, then what each found, the worst first", async ({ page }) => {
  await page.goto("/contracts");
  await hydrated(page);
  await expect(page.locator(".verdict-says")).toHaveText(/\d+ of \d+ contracts hold; 1 fails; \d+ warns?/);
  await expect(page.locator(".verdict-of")).toContainText("That run published nothing. Figures come from release");
  const group = page.locator(".contract-group").first();
  await expect(group).toContainText("Fails");
  const contract = group.locator(".contract").first();
  await expect(contract.locator("table")).toBeHidden();
  await contract.locator("summary").click();
  await expect(contract.locator("tbody tr").first()).toContainText("KY");
});

test("accounts add up to what landed, source by source", async ({ page }) => {
  await page.goto("/contracts");
  await hydrated(page);
  const accounts = page.locator("#panel-accounts .account-rows");
  expect(await accounts.count()).toBeGreaterThan(3);
  for (const row of await accounts.all()) {
    const cells = (await row.locator("td.num").allTextContents()).map((text) => Number(text.replace(/[^0-9]/g, "")));
    const [landed, sum, ...outcomes] = [...cells].reverse();
    expect(outcomes.reduce((a, b) => a + b)).toBe(sum);
    expect(landed).toBe(sum);
    await expect(row.locator(".stands-good").first()).toBeVisible();
  }
});

test("a word of the trade is explained under the focus", async ({ page }) => {
  await page.goto("/contracts");
  await hydrated(page);
  const term = page.locator(".term", { hasText: "Superseded" });
  await expect(term.getByRole("tooltip")).toBeHidden();
  await term.focus();
  await expect(term.getByRole("tooltip")).toBeVisible();
  await expect(term.getByRole("tooltip")).toContainText("older version");
});

test("figures say how their contracts stand and lead to them", async ({ page }) => {
  await page.goto("/purchases");
  await hydrated(page);
  const badge = page.locator(".contract-badge");
  await expect(badge).toHaveText(/As of Jun 30, 2026 · \d+ (of \d+ )?contracts hold/);
  await badge.click();
  await expect(page).toHaveURL(/\/contracts$/);
  await expect(page.locator(".verdict-says")).toBeVisible();
  await page.getByRole("link", { name: "Runs", exact: true }).click();
  await expect(page.locator("#panel-runs .run-row")).toHaveCount(3);
});

test("both pages say the same with JavaScript off", async ({ page, browser, baseURL }) => {
  const plain = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
  for (const [path, line] of [
    ["/runs", ".page-sentence"],
    ["/contracts", ".verdict-says"],
  ]) {
    await page.goto(path);
    await hydrated(page);
    const shown = (await page.locator(line).textContent())!;
    await plain.goto(`${baseURL}${path}`);
    await plain.waitForURL(/view=static/);
    await expect(plain.locator(line)).toHaveText(shown);
  }
  await plain.goto(`${baseURL}/runs?view=static`);
  await plain.locator("#panel-runs .run-row a").last().click();
  await expect(plain).toHaveURL(/run=.*view=static/);
  await plain.locator("#panel-run .panel-more a").click();
  await expect(plain).toHaveURL(/\/contracts\?run=.*view=static/);
  await expect(plain.locator(".verdict-says")).toBeVisible();
  await plain.context().close();
});

test("print is a report without controls", async ({ page }) => {
  for (const path of ["/runs", "/contracts"]) {
    await page.goto(path);
    await hydrated(page);
    await page.emulateMedia({ media: "print" });
    await expect(page.locator(".shell-nav")).toBeHidden();
    await expect(page.locator(".panel").first()).toBeVisible();
    await page.screenshot({ path: `test-results/screenshots${path}-print.png`, fullPage: true });
    await page.emulateMedia({ media: "screen" });
  }
});

for (const width of [390, 1024, 1440]) {
  for (const colorScheme of ["light", "dark"] as const) {
    test(`runs and contracts are accessible and stay inside ${width} px, ${colorScheme}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      for (const path of ["/runs", "/contracts"]) {
        await page.goto(path);
        await hydrated(page);
        await expect(page.locator(".panel .state-loading, [aria-busy=true]")).toHaveCount(0);
        for (const summary of await page.locator(".run-why summary, .contract-group[open] .contract summary").all()) await summary.click();
        await accessible(page);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
        await page.evaluate(() => window.scrollTo(0, 0));
        await page.screenshot({ path: `test-results/screenshots${path}-${width}-${colorScheme}.png`, fullPage: true });
      }
    });
  }
}
