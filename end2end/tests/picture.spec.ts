// A panel as a picture: what the menu's PNG holds.
import { readFileSync } from "node:fs";
import { type Page } from "@playwright/test";
import { expect, hydrated, test } from "./page";

/** Downloads the picture of a panel: its name, its size, and what is to be seen on it. */
async function picture(page: Page, panel: string) {
  const menu = page.locator(`#panel-${panel} .panel-menu`);
  await menu.locator("summary").click();
  const [download] = await Promise.all([page.waitForEvent("download"), menu.getByRole("button", { name: "Download a picture (PNG)" }).click()]);
  await expect(menu.getByRole("status")).toContainText("Saved as");
  const path = await download.path();
  if (process.env.KEEP_PICTURES) await download.saveAs(`${process.env.KEEP_PICTURES}/${test.info().title.replace(/\W+/g, "-")}-${panel}.png`);
  const bytes = readFileSync(path);
  // Decoded by the browser itself: how many colours there are, and which is the commonest, that of the ground.
  const seen = await page.evaluate(async (base64) => {
    const image = new Image();
    image.src = `data:image/png;base64,${base64}`;
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    const context = canvas.getContext("2d");
    if (!context) throw new Error("no canvas");
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    const colours = new Map<number, number>();
    for (const colour of new Uint32Array(data.buffer)) colours.set(colour, (colours.get(colour) ?? 0) + 1);
    const [[most, times]] = [...colours].sort((a, b) => b[1] - a[1]);
    const ground = [...new Uint8Array(new Uint32Array([most]).buffer)].join();
    return { width: canvas.width, height: canvas.height, colours: colours.size, ground, drawn: 1 - times / (canvas.width * canvas.height) };
  }, bytes.toString("base64"));
  return { name: download.suggestedFilename(), bytes, ...seen };
}

for (const colorScheme of ["light", "dark"] as const) {
  test(`every kind of panel can be had as a picture, ${colorScheme}`, async ({ page }) => {
    test.slow();
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.goto("/purchases?range=all_time&state=OH");
    await hydrated(page);
    await expect(page.locator("main [aria-busy=true]")).toHaveCount(0);
    const release = await page.locator("#panel-headline .panel-foot").getAttribute("data-release");
    for (const panel of ["headline", "spend_over_time", "leaders", "basket_sizes", "week_and_hour", "products"]) {
      const box = await page.locator(`#panel-${panel}`).boundingBox();
      const found = await picture(page, panel);
      expect(found.name).toBe(`purchases-${panel}-${release}.png`);
      // A PNG, at twice the panel's size.
      expect(found.bytes.subarray(1, 4).toString()).toBe("PNG");
      expect(found.width).toBeGreaterThanOrEqual(2 * Math.floor(box?.width ?? 0));
      expect(found.height).toBeGreaterThan(200);
      // Not blank: letters and lines on a ground of the theme.
      expect(found.colours, panel).toBeGreaterThan(50);
      expect(found.drawn, panel).toBeGreaterThan(0.01);
      expect(found.drawn, panel).toBeLessThan(0.6);
      expect(found.ground, panel).toBe(colorScheme === "light" ? "255,255,255,255" : "23,27,33,255");
    }
  });
}

test("on a phone a picture holds all columns of a wide table, and names with markup or from right to left are text", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto("/purchases?range=all_time");
  await hydrated(page);
  await expect(page.locator("main [aria-busy=true]")).toHaveCount(0);
  const first = page.locator("#panel-products tbody th").first();
  await first.evaluate((cell) => (cell.textContent = `<b>"Ωμέγα" & שלום 🧀\u0007</b>`));
  const wide = await page.locator("#panel-products .table-scroll").evaluate((scroll) => scroll.scrollWidth);
  const found = await picture(page, "products");
  expect(found.width).toBeGreaterThanOrEqual(2 * wide);
  expect(found.drawn).toBeGreaterThan(0.01);
});

test("what cannot be drawn is said, and the page goes on", async ({ page }) => {
  await page.goto("/purchases");
  await hydrated(page);
  await expect(page.locator("main [aria-busy=true]")).toHaveCount(0);
  await page.evaluate(() => (HTMLCanvasElement.prototype.toBlob = (found: BlobCallback) => found(null)));
  // It is told on the console too, for whoever looks for the cause.
  const told = page.waitForEvent("console");
  const menu = page.locator("#panel-headline .panel-menu");
  await menu.locator("summary").click();
  await menu.getByRole("button", { name: "Download a picture (PNG)" }).click();
  await expect(menu.getByRole("status")).toContainText("could not draw the picture");
  expect((await told).type()).toBe("info");
});
