// `make watch`: builds on every change and starts the server again when the build is good.
// Edits in marts/ need neither: the server reads those files when they change.
import { spawn } from "node:child_process";
import { watch } from "node:fs";

const [program, ...serve] = process.argv.slice(2);
const sources = ["app", "server", "marts/src", "style", "public", "Cargo.toml"];
let server = null;
let building = false;
let changed = true;

const ended = (child) => new Promise((done) => child.once("exit", done));

async function rebuild() {
  if (building || !changed) return;
  building = true;
  while (changed) {
    changed = false;
    const build = spawn("make", ["--no-print-directory", "build"], { stdio: "inherit" });
    if ((await ended(build)) !== 0) continue;
    if (server) {
      const gone = ended(server);
      server.kill("SIGTERM");
      await gone;
    }
    server = spawn(program, serve, { stdio: "inherit" });
    server.once("exit", (code) => code && console.error(`the server ended with code ${code}; the next change starts it again`));
  }
  building = false;
}

let soon = null;
for (const source of sources) {
  watch(source, { recursive: true }, (_, name) => {
    if (name && /(^|\/)(target|node_modules)\/|~$|\.sw.$/.test(name)) return;
    changed = true;
    clearTimeout(soon);
    // Editors write a file in several steps.
    soon = setTimeout(rebuild, 150);
  });
}
process.once("SIGINT", () => {
  server?.kill("SIGTERM");
  process.exit(130);
});
rebuild();
