// Referrals, and K-factor and network: figures there, as the API has them; what is too young is hatched; all of it by keyboard.
import type { Page } from "@playwright/test";
import { accessible, expect, hydrated, tabTo, test } from "./page";

const whole = (text: string | null) => Number((text ?? "").replace(/[^\d-]/g, ""));

async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await hydrated(page);
  await expect(page.locator(".state-loading")).toHaveCount(0);
  await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
}

/** The one row of figures that the API answers, by name. */
async function asked(page: Page, aggregate: object): Promise<Record<string, string | number | null>> {
  const response = await page.request.post("/api/v1/query", { data: { ask: { aggregate } } });
  expect(response.ok(), await response.text()).toBe(true);
  const { columns, rows } = (await response.json()) as { columns: { name: string }[]; rows: (string | number | null)[][] };
  return Object.fromEntries(columns.map((column, at) => [column.name, rows[0]?.[at] ?? null]));
}

const percent = (share: string | number | null) => (share === null ? null : `${(Math.round(Number(share) * 1000) / 10).toFixed(1)}%`);

test("the funnel says what the API says, and leads to the invites and where they landed", async ({ page }) => {
  await open(page, "/referrals?range=all_time");
  const stages = ["distinct_invites", "invites_clicked", "invites_signed_up", "invites_purchased", "invites_rewarded"];
  const open_ = ["", "invites_open_click", "invites_open_sign_up", "invites_open_purchase", "invites_open_reward"];
  const steps = ["", "invite_click_rate", "click_to_sign_up_rate", "sign_up_to_purchase_rate", "purchase_to_reward_rate"];
  const all = ["", "invite_click_rate", "invite_sign_up_rate", "invite_purchase_rate", "invite_reward_rate"];
  const metrics = [...new Set([...stages, ...open_, ...steps, ...all].filter(Boolean))];
  const figures = await asked(page, { metrics, dimensions: [], grain: null, range: { from: "1990-01-01", to: "2026-06-30" } });
  const rows = page.locator("#panel-funnel tbody tr");
  await expect(rows).toHaveCount(5);
  const written = (row: number, cell: number) => rows.nth(row).locator("td").nth(cell);
  const first = async (row: number, cell: number) => written(row, cell).evaluate((td) => (td.querySelector("a") ?? td).firstChild?.textContent ?? "");
  let before = Infinity;
  for (const [at, stage] of stages.entries()) {
    expect(whole(await first(at, 0)), stage).toBe(Number(figures[stage]));
    expect(Number(figures[stage]), stage).toBeLessThanOrEqual(before);
    before = Number(figures[stage]);
    if (at === 0) continue;
    expect(whole(await first(at, 1)), open_[at]).toBe(Number(figures[open_[at]!]));
    expect(await first(at, 2), steps[at]).toBe(percent(figures[steps[at]!]!));
    expect(await first(at, 3), all[at]).toBe(percent(figures[all[at]!]!));
  }
  expect(Number(figures.invites_open_sign_up)).toBeGreaterThan(0);

  // A stage's rows are those that came to it, each with its line.
  const link = written(2, 0).locator("a");
  await tabTo(page, link);
  await page.keyboard.press("Enter");
  const drawer = page.locator("dialog.drill");
  await expect(drawer.locator("#drill-title")).toHaveText("Invites that led to a sign-up");
  await expect(drawer.locator("dd").first()).toHaveText((await first(2, 0)).trim());
  await expect(drawer.locator(".drill-chosen")).toContainText("reached");
  await expect(drawer.locator(".drill-landed").first()).toContainText(/referrals\/dt=.*, row \d+/);
  await page.keyboard.press("Escape");
  await expect(drawer).toBeHidden();
  await expect(link).toBeFocused();
});

test("weeks that are too young are hatched, never 0, and say until when", async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 1000 });
  await open(page, "/referrals?range=last_90_days");
  const panel = page.locator("#panel-conversion_by_week");
  expect(await panel.locator(".picture-wide .fig-hatch").count()).toBeGreaterThan(5);
  await expect(panel.locator(".chart-note")).toContainText(/\d+ are too young to say; the last of them is known on [A-Z][a-z]{2} \d+, 2026\./);
  const chart = panel.locator(".chart-overlay:visible");
  await tabTo(page, chart);
  await page.keyboard.press("End");
  await expect(panel.locator(".chart [role=status]")).toContainText(/Too young, known on Aug \d+, 2026/);
  await page.keyboard.press("Home");
  await expect(panel.locator(".chart [role=status]")).toContainText(/%/);
  await panel.locator(".twin summary").click();
  const last = panel.locator(".twin tbody tr").last();
  await expect(last.locator("td").first()).toHaveText(/^–/);
  await expect(last).toContainText("Too young");
});

test("the curve is of all invites or of one channel, and is read by arrow keys", async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 1000 });
  await open(page, "/referrals");
  const panel = page.locator("#panel-time_to_convert");
  await expect(panel.locator(".picture-wide .fig-band")).toHaveCount(1);
  const read = async () => {
    await panel.locator(".chart-overlay:visible").focus();
    await page.keyboard.press("End");
    const status = panel.locator(".chart [role=status]");
    await expect(status).toContainText(/After \d+ days: .*%, .*90% interval .*%–.*%, .*\d/);
    return (await status.textContent())!;
  };
  const all = await read();
  await page.locator("select[name=curve]").selectOption("link");
  await expect(page).toHaveURL(/curve=link/);
  await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
  expect(await read()).not.toBe(all);
});

test("an inviter leads to what is known of them, by pseudonym only", async ({ page }) => {
  await open(page, "/referrals?range=all_time");
  const first = page.locator("#panel-inviters tbody a[href*=lookup]").first();
  const id = (await first.textContent())!;
  expect(id).toMatch(/^u\d+$/);
  expect(await page.locator("main").innerText()).not.toContain("@");
  await tabTo(page, first);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`/lookup\\?user=${id}`));
  await expect(page.locator(".found-title")).toContainText(id);
});

test("the three k's stand with their intervals and definitions, as the API has them", async ({ page }) => {
  await open(page, "/k-factor");
  const rows = page.locator("#panel-k tbody tr");
  await expect(rows).toHaveCount(4);
  await expect(page.locator("#panel-k")).toContainText("biased where growth is not steady");
  const only = (measure: string) => [{ dimension: "k_figure__measure", values: [measure] }];
  const figures = await asked(page, {
    metrics: ["k_factor_estimate", "k_factor_p05", "k_factor_p95"],
    dimensions: [],
    grain: null,
    range: { from: "1990-01-01", to: "2026-06-30" },
    filters: only("k_ultimate"),
  });
  const three = (value: string | number | null) => Number(value).toFixed(3);
  const ultimate = rows.filter({ hasText: "i × c" });
  await expect(ultimate.locator("td").nth(0)).toHaveText(three(figures.k_factor_estimate!));
  await expect(ultimate.locator("td").nth(1)).toHaveText(`${three(figures.k_factor_p05!)}–${three(figures.k_factor_p95!)}`);
  await expect(ultimate.locator(".whisker-dot")).toHaveCount(1);
  const amplified = page.locator("#panel-amplification tbody td").first();
  expect(Number(await amplified.textContent())).toBeCloseTo(1 / (1 - Number(figures.k_factor_estimate)), 2);
});

test("generations stand beside theory and the largest trees are drawn", async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 1000 });
  await open(page, "/k-factor");
  const generations = page.locator("#panel-generations");
  expect(await generations.locator(".picture-narrow .fig-expected, .picture-wide .fig-expected").count()).toBeGreaterThan(2);
  await generations.locator(".chart-overlay:visible").focus();
  await page.keyboard.press("Home");
  await expect(generations.locator(".chart [role=status]")).toContainText(/Generation 0: New users [\d,]+ \(.*%\), Theory [\d,]+ \(.*%\)/);
  const trees = page.locator("#panel-largest_trees .tree");
  await expect(trees).toHaveCount(6);
  const size = whole(await trees.first().locator(".tree-head .num").textContent());
  expect(await trees.first().locator(".fig-point").count()).toBe(size);
  expect(await trees.first().locator(".fig-branch").count()).toBe(size - 1);
  const known = page.locator("#panel-k_by_month");
  expect(await known.locator(".fig-whisker").count()).toBeGreaterThan(5);
  expect(await known.locator(".fig-hatch").count()).toBeGreaterThan(3);
});

for (const path of ["/referrals", "/k-factor"]) {
  test(`${path} can be copied, taken along as CSV, and shown without scripts`, async ({ page, request, browser }) => {
    await open(page, path);
    const keys = await page.locator("section.panel").evaluateAll((panels) => panels.map((panel) => panel.id.replace("panel-", "")));
    expect(keys.length).toBeGreaterThan(5);
    for (const key of keys) {
      const csv = await request.get(`/api/v1/panels${path}/${key}.csv`);
      expect(csv.ok(), `${key}: ${await csv.text()}`).toBe(true);
      expect((await csv.text()).split("\n").length, key).toBeGreaterThan(1);
    }
    const plain = await browser.newContext({ javaScriptEnabled: false });
    const still = await plain.newPage();
    await still.goto(`${process.env.BASE_URL}${path}?view=static`);
    await expect(still.locator("section.panel")).toHaveCount(keys.length);
    await expect(still.locator(".state-error, .skeleton")).toHaveCount(0);
    await plain.close();
  });

  test(`a range before the first data leaves ${path} whole`, async ({ page }) => {
    await open(page, `${path}?from=1990-01-01&to=1990-01-31`);
    await expect(page.locator(".state-error")).toHaveCount(0);
    await accessible(page);
  });
}

for (const [width, links] of [[390, 1], [1024, 2], [1440, 0]] as const) {
  test(`the page's own link is in sight in the navigation at ${width} pixels`, async ({ page }) => {
    await page.setViewportSize({ width, height: 900 });
    for (const path of ["/overview", "/k-factor", "/runs"]) {
      await page.goto(path);
      await hydrated(page);
      const current = page.locator(".nav-link[aria-current=page]");
      await expect.poll(async () => {
        const box = (await current.boundingBox())!;
        return box.x >= 0 && box.x + box.width <= width;
      }, `${path}`).toBe(true);
    }
    const height = (await page.locator(".nav-list").boundingBox())!.height;
    if (links > 0) expect(height).toBeLessThan(links * 52);
  });
}
