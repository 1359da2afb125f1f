// What every page test holds: no message on the console, no failed request, no accessibility violation of level serious or worse.
import AxeBuilder from "@axe-core/playwright";
import { test as base, expect, type Page } from "@playwright/test";

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
