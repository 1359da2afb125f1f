// Rewards liability and retention: figures that add up as they stand on the page and as the API tells them, cells that are not known yet,
// the way from a cell to its ledger entries, and both pages by keyboard, in both themes, narrow and wide.
import { type Page } from "@playwright/test";
import { accessible, expect, hydrated, tabTo, test } from "./page";

const YEAR = "range=last_12_months";

async function opened(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await hydrated(page);
  await expect(page.locator(".state-loading")).toHaveCount(0);
  await expect(page.locator("main [aria-busy=true]")).toHaveCount(0);
}

/** Exact amounts of a CSV, in hundredths of a cent; what is no amount is left out. */
async function exact(page: Page, path: string): Promise<{ heads: string[]; rows: string[][] }> {
  const text = await (await page.request.get(path)).text();
  const cells = (line: string) => [...line.matchAll(/(?:^|,)("(?:[^"]|"")*"|[^,]*)/g)].map(([, cell]) => (cell ?? "").replace(/^"|"$/g, ""));
  const [heads = [], ...rows] = text.trim().split(/\r?\n/).map(cells);
  return { heads, rows };
}

const units = (text: string | undefined) => Math.round(Number(text) * 10_000);
const shown = (amount: number) => {
  const cents = Math.sign(amount) * Math.round(Math.abs(amount) / 100);
  const digits = (Math.abs(cents) / 100).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  return `${cents < 0 ? "−" : ""}$${digits}`;
};

test("each month of the roll-forward opens where the last one closed, and its lines make the closing", async ({ page }) => {
  await opened(page, `/rewards?${YEAR}`);
  const panel = page.locator("#panel-roll_forward");
  await expect(panel.locator(".statement-check")).toContainText("come to the closing in all");
  await expect(panel.locator(".statement-check .stands-good").first()).toBeVisible();
  // The same cells as the API has them, exactly.
  const { heads, rows } = await exact(page, `/api/v1/panels/rewards/roll_forward.csv?${YEAR}`);
  const opening = heads.indexOf("Rewards owed before");
  const closing = heads.indexOf("Rewards owed");
  expect([opening, closing]).toEqual([1, heads.length - 1]);
  let before: number | null = null;
  for (const row of rows) {
    const amounts = row.slice(1).map(units);
    const last = amounts.pop() ?? NaN;
    expect(amounts.reduce((sum, amount) => sum + amount, 0), row[0]).toBe(last);
    if (before !== null) expect(amounts[0], row[0]).toBe(before);
    before = last;
  }
  const cells = await panel.locator(".statement tbody tr").evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.firstChild?.firstChild?.textContent ?? cell.textContent ?? "")));
  const named = new Map(cells.map(([name, ...figures]) => [name, figures]));
  for (const line of ["Rewards owed before", "Accrued", "Paid", "Expired", "Rewards owed"]) {
    const at = heads.indexOf(line);
    expect(named.get(line)?.slice(0, rows.length), line).toEqual(rows.map((row) => shown(units(row[at]))));
  }
  for (const part of ["#panel-by_school", "#panel-by_funding"]) await expect(page.locator(`${part} .statement-check .stands-good`).first()).toBeVisible();
  // What funding sources and schools come to is what all of it comes to.
  const all = await panel.locator(".is-closing td").last().textContent();
  for (const part of ["#panel-by_school", "#panel-by_funding"]) expect((await page.locator(`${part} .is-closing td`).last().textContent())?.split(",")[0]).toBe(all?.split(",")[0]);
});

test("a cell leads to its ledger entries, which come to it, and an entry to where it landed", async ({ page }) => {
  await opened(page, `/rewards?${YEAR}`);
  const row = page.locator("#panel-roll_forward .statement tbody tr").filter({ has: page.getByRole("rowheader", { name: "Accrued", exact: true }) });
  const link = row.locator("a.drill-link").nth(1);
  const amount = (await link.evaluate((a) => a.firstChild?.textContent)) ?? "";
  await link.click();
  const drawer = page.locator("dialog.drill");
  await expect(drawer.locator(".drill-figures dd").first()).toHaveText(amount);
  await expect(drawer.locator(".drill-chosen")).toContainText("Accrued");
  await expect(drawer.locator("tbody tr").first()).toContainText("accrual");
  await expect(drawer.locator("tbody tr td.drill-landed").first()).toContainText(/purchases\/dt=.*row \d/);
  await page.keyboard.press("Escape");
  await expect(drawer).not.toBeVisible();
  // What is paid was told by an event.
  const paid = page.locator("#panel-roll_forward .statement tbody tr").filter({ has: page.getByRole("rowheader", { name: "Paid", exact: true }) });
  await paid.locator("a.drill-link").nth(1).click();
  await expect(drawer.locator("tbody tr td.drill-landed").first()).toContainText(/events\/dt=.*row \d/);
  await page.keyboard.press("Escape");
  await expect(drawer).not.toBeVisible();
  // A balance is made of all that was ever posted.
  const closing = page.locator("#panel-roll_forward .is-closing a.drill-link").first();
  const owed = (await closing.evaluate((a) => a.firstChild?.textContent)) ?? "";
  await closing.click();
  await expect(drawer.locator(".drill-figures dd").first()).toHaveText(owed);
});

test("what is owed leads to its ledger entries: by age, by what could be paid, by school and by who funds it", async ({ page }) => {
  await opened(page, `/rewards?${YEAR}`);
  await page.locator("#panel-ageing .twin summary").click();
  const drawer = page.locator("dialog.drill");
  for (const [links, some] of [
    ["#panel-owed .figure-value a.drill-link", 4],
    ["#panel-ageing table a.drill-link", 3],
    ["#panel-payable tbody tr:nth-child(2) a.drill-link", 7],
    ["#panel-by_funding tbody tr:first-child a.drill-link", 3],
    ["#panel-by_funding tbody tr.is-other a.drill-link", 3],
    ["#panel-by_school tbody tr:first-child a.drill-link", 3],
  ] as const) {
    const all = page.locator(links);
    const count = Math.min(some, await all.count());
    expect(count, links).toBeGreaterThan(0);
    for (let at = 0; at < count; at += 1) {
      const amount = (await all.nth(at).evaluate((a) => a.firstChild?.textContent)) ?? "";
      await all.nth(at).click();
      await expect(drawer.locator(".drill-figures dd").first(), `${links}, ${at}`).toHaveText(amount);
      if (/[1-9]/.test(amount)) await expect(drawer.locator("tbody tr").first()).toBeVisible();
      await page.keyboard.press("Escape");
      await expect(drawer).not.toBeVisible();
    }
  }
});

test("the books tie out, and say by which assertions", async ({ page }) => {
  await opened(page, "/rewards");
  const panel = page.locator("#panel-ties_out");
  await expect(panel.locator(".verdict")).toContainText(/Ties out to the cent: \d+ assertions hold, checked/);
  await expect(panel.locator(".contract")).toHaveCount(9);
  await panel.locator(".contract a").first().click();
  await expect(page).toHaveURL(/\/contracts#contract-/);
  await expect(page.locator("h1")).toContainText("Contracts");
});

test("registers, ageing and the trial balance hold what is owed", async ({ page }) => {
  await opened(page, "/rewards");
  const owed = (await page.locator("#panel-owed .figure-value a").first().evaluate((a) => a.firstChild?.textContent)) ?? "";
  const ages = await exact(page, "/api/v1/panels/rewards/ageing.csv");
  expect(shown(ages.rows.reduce((sum, row) => sum + units(row[1]), 0))).toBe(owed.trim());
  const accounts = await exact(page, "/api/v1/panels/rewards/trial_balance.csv");
  expect(accounts.rows.reduce((sum, row) => sum + units(row[1]), 0)).toBe(0);
  const settlements = page.locator("#panel-settlements");
  await expect(settlements.locator(".register tbody tr")).toHaveCount(40);
  await expect(settlements.locator(".table-pages")).toContainText("Rows 1–40");
  const total = await settlements.locator(".register tfoot").textContent();
  const [rows] = ((await settlements.locator(".statement-note").textContent()) ?? "").match(/\d+/) ?? [];
  await settlements.getByRole("link", { name: "Next" }).click();
  await expect(settlements.locator(".table-pages")).toContainText(/Rows 41–/);
  await expect(settlements.locator(".register tbody tr")).toHaveCount(Math.min(40, Number(rows) - 40));
  await expect(settlements.locator(".register tfoot")).toHaveText(total ?? "");
  await page.goBack();
  await expect(settlements.locator(".table-pages")).toContainText("Rows 1–40");
  const axis = await page.locator("#panel-ageing .picture-wide svg text").allTextContents();
  const named = axis.filter((text) => /–|over/.test(text));
  expect(named).toEqual([...named].sort((a, b) => parseInt(a.replace("over ", "")) - parseInt(b.replace("over ", ""))));
});

test("a cohort's cell that is not known yet says from when it is, and is in no total", async ({ page }) => {
  await opened(page, "/retention?range=last_90_days&grain=week");
  const map = page.locator("#panel-cohorts .cohort-map");
  const immature = map.locator(".heat.is-immature");
  expect(await immature.count()).toBeGreaterThan(10);
  await expect(immature.first()).toHaveText("");
  await expect(immature.first()).toHaveAttribute("aria-label", /not known before [A-Z][a-z]+ \d+, \d{4}$/);
  const share = map.locator("tbody tr:not(.cohort-all)").first().locator(".heat").nth(1);
  await expect(share).toHaveAttribute("aria-label", /day 1: \d+\.\d% \(\d+ of \d+ users\)/);
  // What all cohorts come to is what the curve shows.
  const { heads, rows } = await exact(page, "/api/v1/panels/retention/curve.csv?range=last_90_days&grain=week");
  expect(heads[0]).toBe("From day");
  const second = await map.locator(".cohort-all .heat").nth(1).textContent();
  const day1 = rows.find((row) => row[0] === "1");
  expect(`${(Number(day1?.[1]) * 100).toFixed(1)}%`).toBe(second);
  // Windows are chosen in the bar.
  await page.locator("select[name=kind]").selectOption("bracket");
  if (await page.locator(".filter-apply").isVisible()) await page.locator(".filter-apply").click();
  await expect(page).toHaveURL(/kind=bracket/);
  await expect(map.locator("thead")).toContainText("7–13");
});

test("cells and curves are read by keyboard", async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 1000 });
  await opened(page, "/retention");
  const cell = page.locator("#panel-cohorts .heat[tabindex='0']");
  await tabTo(page, cell);
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowDown");
  const focused = page.locator("#panel-cohorts .heat:focus");
  await expect(focused).toHaveCount(1);
  const said = (await focused.getAttribute("aria-label")) ?? "none";
  await expect(page.locator("#panel-cohorts .heat-reading")).toHaveText(said);
  const curve = page.locator("#panel-curve .chart-overlay:visible");
  await tabTo(page, curve);
  await page.keyboard.press("End");
  await expect(page.locator("#panel-curve .chart-tooltip")).toContainText(/days.*Retention.*%/s);
});

test("who stayed, came and left makes who is active", async ({ page }) => {
  await opened(page, `/retention?${YEAR}`);
  await expect(page.locator("#panel-churn .statement-check .stands-good").first()).toBeVisible();
  const { rows } = await exact(page, `/api/v1/panels/retention/churn.csv?${YEAR}`);
  const whole = rows.filter((row) => row[1] !== "" && Number(row[1]) > 0);
  expect(whole.length).toBeGreaterThan(3);
  for (const row of whole) {
    const [before = 0, left = 0, came = 0, back = 0, active = 0] = row.slice(1).map(Number);
    expect(before + left + came + back, row[0]).toBe(active);
    expect(left).toBeLessThanOrEqual(0);
  }
});

for (const width of [390, 1440]) {
  for (const colorScheme of ["light", "dark"] as const) {
    test(`both pages are accessible at ${width} px, ${colorScheme}`, async ({ page }) => {
      test.slow();
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      for (const path of [`/rewards?${YEAR}`, `/retention?${YEAR}`]) {
        await opened(page, path);
        await accessible(page);
        expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(width);
        const name = path.slice(1).split("?")[0];
        await page.screenshot({ path: `test-results/screenshots/${name}-${width}-${colorScheme}.png`, fullPage: true });
      }
    });
  }
}
