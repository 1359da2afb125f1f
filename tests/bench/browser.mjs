// Loads two dashboards of the same figures in turn and says what a person waits for. Called by browser.py.
//
//   node browser.mjs OURS_URL THEIRS_URL ROUNDS  →  {ours: [round], theirs: [round]} as JSON
//
// A round is a browser context of its own, so nothing is cached from the round before; both servers are warm. Times are of
// the page's own clock, from the navigation or the choice to the frame in which the thing waited for was drawn.
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const modules = createRequire(fileURLToPath(new URL("../../end2end/package.json", import.meta.url)));
const { chromium } = modules("@playwright/test");

// A page is at rest when its panels have not changed for so long.
const REST_MS = 500;

const OURS = {
  name: "ours",
  panels: "main",
  figures: ".panel-headline .figure-value > a",
  choose: (page, department) =>
    page
      .locator("#panel-leaders .board:first-child .leader-row", { has: page.locator(".leader-name").getByText(department, { exact: true }) })
      .locator(".leader-link")
      .click(),
  chosenBy: "click",
  // Scripts act on what is clicked, and no panel waits for figures.
  isReady: () =>
    document.documentElement.dataset.hydrated === "true" &&
    document.querySelectorAll("main .panel").length > 3 &&
    !document.querySelector("main [aria-busy=true]"),
};

const STREAMLIT = {
  name: "theirs",
  panels: "[data-testid=stMain]",
  figures: "[data-testid=stMetricValue]",
  choose: async (page, department) => {
    const box = page.getByRole("combobox", { name: "Department" });
    await box.click();
    await box.fill(department);
    await page.getByRole("option", { name: department, exact: true }).waitFor();
    await box.press("Enter");
  },
  chosenBy: "keydown",
  // The script has run to its end, the chart and both tables are drawn, and nothing shown is of the run before.
  isReady: () =>
    document.querySelector("[data-testid=stApp]")?.dataset.testScriptState === "notRunning" &&
    document.querySelector("[data-testid=stVegaLiteChart] :is(canvas, svg)") !== null &&
    document.querySelectorAll("[data-testid=data-grid-canvas]").length > 1 &&
    !document.querySelector("[data-stale=true]"),
};

/** Runs in the page before its own scripts: notes when things were first so, and how far the layout has moved. */
function watcher({ panels, figures, chosenBy, isReady }) {
  const ready = (0, eval)(`(${isReady})`);
  // The figure alone, without what is said to those who do not see where it stands.
  const shown = () => [...document.querySelectorAll(figures)].map((figure) => figure.firstChild?.textContent.trim() ?? "");
  const state = { shift: 0, moved: [], shown, start: 0 };
  globalThis.benchmark = state;
  const note = (name) => {
    if (state[name] === undefined) {
      state[name] = null;
      requestAnimationFrame(() => setTimeout(() => (state[name] = performance.now() - state.start)));
    }
  };
  const look = (records) => {
    const now = shown();
    if (now.length === 5 && now.every((text) => /\d/.test(text)) && String(now) !== state.before) note("numbers");
    if (state.numbers !== undefined && ready()) note("ready");
    const root = document.querySelector(panels);
    if (root && records.some((r) => r.type !== "attributes" && root.contains(r.target))) state.changed = performance.now() - state.start;
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      // Right after a choice its own panel may change its size; that is no surprise.
      if (entry.hadRecentInput) continue;
      state.shift += entry.value;
      for (const { node, previousRect, currentRect } of entry.sources) {
        const element = node?.nodeType === Node.ELEMENT_NODE ? node : node?.parentElement;
        const name = element?.id || element?.className || element?.localName;
        state.moved.push(`${name} from y ${Math.round(previousRect.y)} to ${Math.round(currentRect.y)}`);
      }
    }
  }).observe({ type: "layout-shift", buffered: true });
  state.expect = () => {
    Object.assign(state, { before: String(shown()), shift: 0, moved: [], start: Infinity });
    delete state.numbers;
    delete state.ready;
    addEventListener(
      chosenBy,
      (event) => {
        if (event.type === "keydown" && event.key !== "Enter") return;
        state.start = event.timeStamp;
        state.changed = 0;
      },
      true,
    );
  };
}

/** Waits until the page is at rest. Returns milliseconds to the figures, to ready, and to the last change of a panel. */
async function atRest(page) {
  await page.waitForFunction(
    (rest) => typeof benchmark.numbers === "number" && typeof benchmark.ready === "number" && performance.now() - benchmark.start - (benchmark.changed ?? 0) > rest,
    REST_MS,
    { timeout: 60_000 },
  );
  return page.evaluate(() => {
    const { numbers, ready, changed, shift, moved } = benchmark;
    return { numbers, ready, all: Math.max(ready, changed), shift, moved, shown: benchmark.shown() };
  });
}

/** Counts bytes as they come over the wire: heads and bodies as sent, and frames of web sockets. */
async function wire(page) {
  const counted = { bytes: 0, requests: 0 };
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Network.enable");
  devtools.on("Network.requestWillBeSent", () => (counted.requests += 1));
  devtools.on("Network.loadingFinished", ({ encodedDataLength }) => (counted.bytes += encodedDataLength));
  devtools.on("Network.webSocketFrameReceived", ({ response }) => {
    counted.bytes += response.opcode === 2 ? Buffer.from(response.payloadData, "base64").length : Buffer.byteLength(response.payloadData);
  });
  return counted;
}

async function round(browser, side, url, department) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 1000 }, reducedMotion: "reduce", locale: "en-US" });
  const page = await context.newPage();
  await page.addInitScript(watcher, { ...side, choose: null, isReady: String(side.isReady) });
  const counted = await wire(page);
  await page.goto(url, { waitUntil: "commit" });
  const load = await atRest(page);
  const loaded = { ...counted };
  await page.evaluate(() => benchmark.expect());
  await side.choose(page, department);
  const change = await atRest(page);
  await context.close();
  return {
    numbers_ms: load.numbers,
    interactive_ms: load.ready,
    bytes: loaded.bytes,
    requests: loaded.requests,
    shift: load.shift,
    change_ms: change.all,
    change_bytes: counted.bytes - loaded.bytes,
    change_shift: change.shift,
    shown: [load.shown, change.shown],
    moved: [...load.moved, ...change.moved],
  };
}

const [oursUrl, theirsUrl, rounds] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update"],
});
try {
  const first = await browser.newPage();
  await first.goto(oursUrl);
  const departments = (await first.locator("#panel-leaders .board:first-child .leader-link .leader-name").allTextContents()).map((name) => name.trim());
  await first.close();
  if (departments.length <= Number(rounds)) throw new Error(`only ${departments.length} departments for ${rounds} rounds`);
  const measured = { ours: [], theirs: [] };
  for (let number = 0; number <= Number(rounds); number += 1) {
    for (const [side, url] of [
      [OURS, oursUrl],
      [STREAMLIT, theirsUrl],
    ]) {
      const found = await round(browser, side, url, departments[number]);
      // The first round warms both servers.
      if (number > 0) measured[side.name].push(found);
    }
  }
  console.log(JSON.stringify(measured));
} finally {
  await browser.close();
}
