import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: "tests",
  globalSetup: "./server.ts",
  workers: 2,
  fullyParallel: true,
  retries: 0,
  // The longest look at every panel kind in every state; a slow test has three times as long.
  timeout: 60_000,
  reporter: [["list"]],
  use: {
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
    locale: "en-US",
    // A browser far from the reporting zone: dates must not depend on it.
    timezoneId: "Asia/Tokyo",
    reducedMotion: "reduce",
  },
});
