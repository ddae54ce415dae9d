/** The published package: built, packed, installed into an empty project, used there. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const MANIFEST = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const PNPM = "pnpm@12.21.0";

/** A program that uses the package as its types allow. */
const CONSUMER = `
import net from "node:net";
import { createServer, version, type Server, type ServerOptions } from "veridis";

const options: ServerOptions = { port: 0, config: { maxclients: "100" } };
const servers: Server[] = [await createServer(options), await createServer()];
const ports: number[] = servers.map((server) => server.port);
if (ports[0] === ports[1]) throw new Error("two servers share a port");
const reply = await new Promise<string>((resolve, reject) => {
  const socket = net.connect(ports[0]!, "127.0.0.1", () => socket.write("SET k v\\r\\nGET k\\r\\n"));
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk.toString();
    if (text.length < 12) return;
    socket.destroy();
    resolve(text);
  });
  socket.on("error", reject);
});
for (const server of servers) await server.close();
console.log(JSON.stringify({ reply, version }));
`;

let project: string;

function run(command: string, args: readonly string[], cwd = project): string {
  return execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** The pnpm that runs this test, or the pinned one. */
function pnpm(args: readonly string[], cwd: string): void {
  const own = process.env["npm_execpath"];
  if (own?.includes("pnpm") !== true) run("npx", ["-y", PNPM, ...args], cwd);
  else if (/\.[cm]?js$/.test(own)) run(process.execPath, [own, ...args], cwd);
  else run(own, args, cwd);
}

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), "veridis-package-"));
  run("node", ["scripts/build.ts"], ROOT);
  pnpm(["pack", "--pack-destination", project], join(ROOT, "dist"));
  const tarball = readdirSync(project).find((name) => name.endsWith(".tgz"));
  writeFileSync(
    join(project, "package.json"),
    JSON.stringify({ name: "consumer", type: "module" }),
  );
  writeFileSync(join(project, "pnpm-workspace.yaml"), "");
  pnpm(["add", "--prefer-offline", `./${tarball}`], project);
  writeFileSync(join(project, "consumer.ts"), CONSUMER);
}, 120_000);

afterAll(() => rmSync(project, { recursive: true, force: true }));

test("its types hold in a strict program", () => {
  const flags = ["--noEmit", "--strict", "--module", "nodenext", "--target", "esnext"];
  const types = ["--types", "node", "--typeRoots", join(ROOT, "node_modules/@types")];
  run("tsc", [...flags, ...types, "--noUncheckedIndexedAccess", "consumer.ts"]);
  writeFileSync(
    join(project, "wrong.ts"),
    'import { createServer } from "veridis";\ncreateServer({ port: "x" });\n',
  );
  expect(() => run("tsc", [...flags, ...types, "wrong.ts"])).toThrow();
});

test("a program that loads by require starts one, and knows its errors by their code", () => {
  writeFileSync(
    join(project, "consumer.cjs"),
    `const { createServer, version } = require("veridis");
require("veridis/package.json");
(async () => {
  const first = await createServer();
  const code = await createServer({ port: first.port }).catch((error) => error.code);
  await first.close();
  const again = await createServer({ port: first.port });
  await again.close();
  console.log(JSON.stringify({ version, code }));
})();
`,
  );
  const printed = JSON.parse(run("node", ["consumer.cjs"]));
  expect(printed).toEqual({ version: MANIFEST.version, code: "EADDRINUSE" });
});

/** An empty environment's Node of another version, which its registry's client brings. */
function withNode(release: string, args: readonly string[]): { text: string; code: number | null } {
  const command = ["-y", "--package", `node@${release}`, "--", "node", ...args];
  const { stdout, stderr, status } = spawnSync("npx", command, { cwd: project, encoding: "utf8" });
  return { text: stdout + stderr, code: status };
}

test("it works on the oldest Node that it names", () => {
  const { text, code } = withNode("22.12.0", ["consumer.cjs"]);
  expect(text).toContain(JSON.stringify({ version: MANIFEST.version, code: "EADDRINUSE" }));
  expect(code).toBe(0);
});

test("an older Node is told in one line which it needs, by the command and by the library", () => {
  const needed = "Veridis needs Node 22 or later; this is v20.19.0";
  const command = withNode("20.19.0", ["node_modules/veridis/cli.js", "--version"]);
  expect(command).toEqual({ text: `${needed}\n`, code: 1 });
  for (const load of ['require("veridis")', 'import("veridis")']) {
    expect(withNode("20.19.0", ["-e", load]).text).toContain(`Error: ${needed}\n`);
  }
});

test("its types resolve in every kind of program", () => {
  const tarball = readdirSync(project).find((name) => name.endsWith(".tgz"))!;
  run("attw", [join(project, tarball), "--format", "ascii", "--no-emoji"], ROOT);
});

test("a program starts servers with it and talks to them", () => {
  const printed = JSON.parse(run("node", ["consumer.ts"]));
  expect(printed).toEqual({ reply: "+OK\r\n$1\r\nv\r\n", version: MANIFEST.version });
});

test("it brings the veridis command", () => {
  const printed = run(join(project, "node_modules/.bin/veridis"), ["--version"]);
  expect(printed).toBe(`Veridis ${MANIFEST.version}, compatible with Redis 7.0.15\n`);
});

test("assertions of hot paths are not in it", () => {
  const dist = join(ROOT, "dist");
  const bundles = readdirSync(dist).filter((name) => name.endsWith(".js"));
  expect(bundles.length).toBeGreaterThan(0);
  for (const name of bundles) {
    expect(readFileSync(join(dist, name), "utf8")).not.toMatch(/\bCHECKED\b/);
  }
});
