import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ServerCommand, startServer } from "./server.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "veridis-server-test-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const script = (code: string): ServerCommand => ({
  program: process.execPath,
  args: ["-e", code, "--"],
});

const LISTEN = `
  const port = Number(process.argv[process.argv.indexOf("--port") + 1]);
  require("node:net").createServer().listen(port, "127.0.0.1", () => {
    console.log("Ready to accept connections");
  });`;

const reachable = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true));
    socket.on("error", () => resolve(false));
    socket.on("connect", () => socket.destroy());
  });

describe("a server under test", () => {
  test("is ready when it has started and gone when it has stopped", async () => {
    const server = await startServer(script(LISTEN), folder);
    expect(server.ended()).toBeUndefined();
    expect(await reachable(server.port)).toBe(true);
    await server.stop();
    expect(await reachable(server.port)).toBe(false);
    expect(server.ended()).toContain("SIGTERM");
  });

  test("that ends at once is reported with what it said", async () => {
    const started = startServer(script(`console.log("no such file"); process.exit(3)`), folder);
    await expect(started).rejects.toThrow(/code 3: no such file/);
  });

  test("that finds its port taken is tried again", async () => {
    const first = `
      const fs = require("node:fs");
      if (!fs.existsSync("tried")) {
        fs.writeFileSync("tried", "");
        console.log("Failed listening on port");
        process.exit(1);
      }`;
    const server = await startServer(script(first + LISTEN), folder);
    expect(server.ended()).toBeUndefined();
    await server.stop();
  });

  test("that cannot be run is reported", async () => {
    const started = startServer({ program: join(folder, "absent"), args: [] }, folder);
    await expect(started).rejects.toThrow(/cannot be run/);
  });
});
