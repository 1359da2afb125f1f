// One demo world, built and served by the program itself, for all tests. A copy of marts/ is served, so that tests can edit it.
import { execFileSync, spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const checkout = resolve(import.meta.dirname, "..");

async function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const probe = createServer();
    probe.on("error", failed);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => (address && typeof address === "object" ? found(address.port) : failed(new Error("no port"))));
    });
  });
}

/** A server of the program over a data folder, and what ends it. */
export async function serve(data: string, project: string, site: string): Promise<{ url: string; stop: () => void }> {
  const address = `127.0.0.1:${await freePort()}`;
  const server = spawn(program(), ["serve", "--data", data, "--addr", address, "--project", project, "--site", site], { stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  server.stdout.on("data", (chunk) => (log += chunk));
  server.stderr.on("data", (chunk) => (log += chunk));
  const started = Date.now();
  for (;;) {
    if (server.exitCode !== null) throw new Error(`the server ended:\n${log}`);
    const ready = await fetch(`http://${address}/readyz`).catch(() => null);
    if (ready?.ok) return { url: `http://${address}`, stop: () => server.kill("SIGTERM") };
    if (Date.now() - started > 20_000) throw new Error(`the server is not ready:\n${log}`);
    await new Promise((again) => setTimeout(again, 50));
  }
}

export function run(landing: string, data: string, project: string): void {
  execFileSync(program(), ["pipeline", "run", "--landing", landing, "--data", data, "--project", project], { stdio: "pipe" });
}

function program(): string {
  const program = process.env.CARTON_CAPS_PROGRAM;
  if (!program) throw new Error("CARTON_CAPS_PROGRAM names no program: run `make test`");
  return program;
}

/** What some schools are called: markup, quotes, a formula, right to left, and signs that mean something in addresses. */
export const ODD_NAMES = {
  s0042: `"><img src=x onerror=alert(1)> & 'Söhne'`,
  s0008: "مدرسة النور (2)",
  s0017: '=HYPERLINK("http://example.com") 🍎',
  s0031: "100% a+b, c&d=e #f !g",
};

function renameSchools(landing: string): void {
  const folder = join(landing, "schools");
  for (const day of readdirSync(folder)) {
    for (const name of readdirSync(join(folder, day))) {
      const file = join(folder, day, name);
      const lines = readFileSync(file, "utf8").split("\n");
      const renamed = lines.map((line) => {
        const [id, , ...rest] = line.split(",");
        const odd = ODD_NAMES[id as keyof typeof ODD_NAMES];
        return odd ? [id, `"${odd.replaceAll('"', '""')}"`, ...rest].join(",") : line;
      });
      writeFileSync(file, renamed.join("\n"));
    }
  }
}

export default async function setup(): Promise<() => void> {
  const world = mkdtempSync(join(tmpdir(), "carton-caps-end2end-"));
  const project = join(world, "marts");
  cpSync(join(checkout, "marts"), project, { recursive: true });
  const landing = join(world, "landing");
  const data = join(world, "data");
  execFileSync(program(), ["demo", "--out", landing, "--purchases", "20000", "--seed", "7", "--until", "2026-06-30"], { stdio: "pipe" });
  renameSchools(landing);
  const make = () => run(landing, data, project);
  // Three runs: all but the last landed days, then those, then one that fails in its contracts and publishes nothing.
  const late = join(world, "late");
  const purchases = join(landing, "purchases");
  cpSync(purchases, late, { recursive: true });
  for (const day of readdirSync(purchases).sort().slice(-3)) rmSync(join(purchases, day), { recursive: true });
  make();
  rmSync(purchases, { recursive: true });
  renameSync(late, purchases);
  make();
  const broken = join(project, "tests", "no_school_is_in_kentucky.sql");
  const suspicious = join(project, "tests", "no_receipt_is_large.sql");
  writeFileSync(broken, "select school_id, name, state from {{ ref('dim_school') }} where state = 'KY'\n");
  writeFileSync(suspicious, "{{ config(severity='warn') }}\nselect receipt_id, amount from {{ ref('fct_receipt') }} where amount > 150\n");
  try {
    make();
    throw new Error("a contract that does not hold must fail the run");
  } catch (failed) {
    if ((failed as { status?: number }).status === undefined) throw failed;
  }
  rmSync(broken);
  rmSync(suspicious);

  // A copy too: a build while the tests run would take the files away.
  const site = join(world, "site");
  cpSync(join(checkout, ".build", "site"), site, { recursive: true });
  const server = await serve(data, project, site);
  process.env.BASE_URL = server.url;
  process.env.PROJECT = project;
  process.env.WORLD = world;
  return () => {
    server.stop();
    rmSync(world, { recursive: true, force: true });
  };
}
