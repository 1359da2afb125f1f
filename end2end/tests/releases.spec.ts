// A release that is published while a page is open, and an older one that an address names. Both on a server of their own.
import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run, serve } from "../server";
import { cents, expect, hydrated, test } from "./page";

const world = () => process.env.WORLD!;
let server: { url: string; stop: () => void };
let own: string;

test.beforeAll(async ({}, testInfo) => {
  own = join(world(), `releases-${testInfo.workerIndex}`);
  mkdirSync(own);
  for (const part of ["data", "landing"]) cpSync(join(world(), part), join(own, part), { recursive: true });
  server = await serve(join(own, "data"), process.env.PROJECT!, join(world(), "site"));
});

test.afterAll(() => server.stop());

/** One more purchase of so many dollars, on the day after the last one. */
function land(dollars: string): void {
  const folder = join(own, "landing", "purchases");
  const days = readdirSync(folder).sort();
  const last = readFileSync(join(folder, days.at(-1)!, readdirSync(join(folder, days.at(-1)!))[0]), "utf8").split("\n");
  const names = last[0].split(",");
  const line = last[1].split(",");
  const set = (name: string, value: string) => (line[names.indexOf(name)] = value);
  set("purchase_id", "one-more");
  set("receipt_id", "one-more");
  set("amount", dollars);
  set("purchased_at", "2026-07-01T16:00:00Z");
  set("updated_at", "2026-07-01T16:00:00Z");
  mkdirSync(join(folder, "dt=2026-07-01"), { recursive: true });
  writeFileSync(join(folder, "dt=2026-07-01", "more.csv"), `${last[0]}\n${line.join(",")}\n`);
  run(join(own, "landing"), join(own, "data"), process.env.PROJECT!);
}

test("a release published under an open page is offered, taken in place, and the one before can be pinned", async ({ page }) => {
  test.slow();
  // The real stream of this server.
  await page.unroute("**/api/v1/releases/stream");
  await page.goto(`${server.url}/purchases?range=all_time&compare=none&grain=month`);
  await hydrated(page);
  const total = page.locator(".panel-headline .figure-value").first();
  await expect(total).toContainText("$");
  const before = cents(await total.textContent());
  const [old] = (await (await fetch(`${server.url}/api/v1/releases`)).json()).releases.map((release: { id: string }) => release.id);
  await page.locator(".panel-time_series details.twin summary").click();

  land("123.45");
  const notice = page.locator(".release-notice");
  await expect(notice).toContainText("New figures are there, as of Jul 1, 2026.", { timeout: 20_000 });
  // Nothing has changed by itself.
  expect(cents(await total.textContent())).toBe(before);
  await notice.getByRole("button", { name: "Show them" }).click();
  await expect.poll(async () => cents(await total.textContent())).toBe(before + 12_345);
  await expect(notice).toBeHidden();
  await expect(page).toHaveURL(/purchases\?range=all_time&compare=none&grain=month$/);
  await expect(page.locator(".panel-time_series details.twin")).toHaveAttribute("open", "");
  await expect(page.locator(".panel-headline .panel-foot")).toContainText("Jul 1, 2026");

  await page.goto(`${server.url}/purchases?range=all_time&compare=none&release=${old}`);
  await hydrated(page);
  await expect(page.getByText(`Pinned to release ${old}`)).toBeVisible();
  expect(cents(await total.textContent())).toBe(before);
  await expect(page.locator(".panel-headline .panel-foot")).toContainText("Jun 30, 2026");
  // Every panel, a filter and the rows below a figure stay with it.
  await total.locator("a").click();
  await expect(page.locator("dialog.drill dd").first()).toContainText("$");
  expect(cents(await page.locator("dialog.drill dd").first().textContent())).toBe(before);
  await expect(page.locator("dialog.drill")).toContainText(`Release ${old}`);
  await page.keyboard.press("Escape");
  await page.getByRole("link", { name: "Show the current one" }).click();
  await expect(page).not.toHaveURL(/release=/);
  await expect.poll(async () => cents(await total.textContent())).toBe(before + 12_345);
  await expect(page.getByText("Pinned to release")).toHaveCount(0);
});

test("a release that is not kept any more says so, with the way to the current one", async ({ page, expectedComplaints }) => {
  expectedComplaints.push("error: Failed to load resource: the server responded with a status of 404 (Not Found)");
  await page.goto(`${server.url}/purchases?release=no-such-release`);
  await expect(page.locator("main")).toContainText("There is no release “no-such-release”, or it is not kept any more");
});

test("the page says that the warehouse is starting, and no more once it is ready", async ({ page }) => {
  await page.unroute("**/api/v1/releases/stream");
  const told = (state: string, message: string) => `event: engine\ndata: ${JSON.stringify({ state, message })}\n\n`;
  let state = told("starting", "The warehouse is starting, which usually takes 40 s.");
  await page.route("**/api/v1/releases/stream", (route) => route.fulfill({ contentType: "text/event-stream", body: `retry: 200\n\n${state}` }));
  await page.goto(`${server.url}/purchases`);
  await hydrated(page);
  const notice = page.locator(".release-notice");
  await expect(notice).toHaveText("The warehouse is starting, which usually takes 40 s.");
  await expect(notice.getByRole("button")).toHaveCount(0);
  state = told("ready", "");
  await expect(notice).toBeHidden();
});
