// What every page test holds: no message on the console, no failed request, no accessibility violation of level serious or worse.
import AxeBuilder from "@axe-core/playwright";
import { test as base, expect, type Locator, type Page } from "@playwright/test";

export const test = base.extend<{ quiet: void; expectedComplaints: string[] }>({
  baseURL: async ({}, use) => use(process.env.BASE_URL),
  // What a test provokes on purpose.
  expectedComplaints: async ({}, use) => use([]),
  quiet: [
    async ({ page, expectedComplaints }, use) => {
      const complaints: string[] = [];
      // Nothing is published while pages are tested; a test about that tells of a release itself.
      await page.route("**/api/v1/releases/stream", (route) => route.fulfill({ contentType: "text/event-stream", body: "retry: 600000\n\n" }));
      page.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
      });
      page.on("pageerror", (error) => complaints.push(`exception: ${error.message}`));
      page.on("requestfailed", (request) => {
        // A panel's request that a newer choice has overtaken is given up on purpose.
        if (request.failure()?.errorText !== "net::ERR_ABORTED") complaints.push(`request: ${request.url()} ${request.failure()?.errorText}`);
      });
      await use();
      expect(complaints).toEqual(expectedComplaints);
    },
    { auto: true },
  ],
});

export { expect };

export async function hydrated(page: Page): Promise<void> {
  await page.waitForFunction(() => document.documentElement.dataset.hydrated === "true", null, { timeout: 10_000 });
}

// Figures that wait for newer ones are dimmed, and what is on its way out need not be read.
export async function accessible(page: Page, without: string[] = []): Promise<void> {
  const axe = new AxeBuilder({ page });
  for (const part of ["[data-state=renewing]", ...without]) axe.exclude(part);
  const { violations } = await axe.analyze();
  const grave = violations.filter((v) => v.impact === "serious" || v.impact === "critical");
  expect(grave.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`)).toEqual([]);
}

export const cents = (text: string | null) => Math.round(Number((text ?? "").replace(/[^\d.−-]/g, "").replace("−", "-")) * 100);

/** Presses Tab from the top of the page until it has gone round, and tells what was reached, in order. */
export async function walked(page: Page): Promise<string[]> {
  await page.keyboard.press("Tab");
  await expect(page.locator(".skip-link")).toBeFocused();
  const seen: string[] = [];
  for (let i = 0; i < 120; i++) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return null;
      const box = element.getBoundingClientRect();
      const style = getComputedStyle(element);
      const label = element.closest("label") ?? element;
      const outlined = style.outlineStyle !== "none" || getComputedStyle(element, "::after").outlineStyle !== "none" || getComputedStyle(label).outlineStyle !== "none";
      const name = element.getAttribute("aria-label") || element.textContent?.trim() || element.getAttribute("name") || "";
      // The parts of a date have a focus of their own.
      const ownFocus = element.matches("input[type=date]");
      return { seen: box.width > 0, outlined: outlined || ownFocus, name: `${element.tagName.toLowerCase()} ${name}`.slice(0, 80) };
    });
    if (!at) break;
    expect(at.seen, at.name).toBe(true);
    expect(at.outlined, at.name).toBe(true);
    expect(at.name.split(" ").length, at.name).toBeGreaterThan(1);
    seen.push(at.name);
  }
  return seen;
}

/** Presses Tab until the focus is on what `target` finds. */
export async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let i = 0; i < 250; i++) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  await expect(target).toBeFocused();
}
