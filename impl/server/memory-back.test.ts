import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const MIB = 1024 * 1024;

/** In a process of its own, since what is resident is the whole process'. */
const PROGRAM = `
import net from "node:net";
import { createServer } from "./impl/server/create-server.ts";
const VALUE = 200 * ${MIB};
const resident = () => process.memoryUsage.rss();
const server = await createServer();
const before = resident();
async function ask(command, tail = "") {
  const socket = net.connect(server.port, "127.0.0.1");
  const value = Buffer.alloc(tail === "" ? 0 : VALUE, tail);
  await new Promise((done) => {
    let left = command.startsWith("get") ? VALUE : 1;
    socket.on("data", (piece) => {
      left -= piece.length;
      if (left <= 0) done();
    });
    if (value.length === 0) socket.write(command + "\\r\\n");
    else {
      socket.write("*3\\r\\n$3\\r\\nset\\r\\n$1\\r\\n" + command + "\\r\\n$" + VALUE + "\\r\\n");
      socket.write(value);
      socket.write("\\r\\n");
    }
  });
  socket.destroy();
  value.buffer.transfer(0);
}
for (const key of ["a", "b", "c"]) await ask(key, "v");
const full = resident();
await ask("get a");
await ask("del a b");
await ask("flushall");
// A tick comes ten times a second, and an idle connection is looked at once in it.
await new Promise((done) => setTimeout(done, 500));
console.log(JSON.stringify({ before, full, after: resident() }));
await server.close();
`;

test("what large values took goes back to the system without a collection", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...["--input-type=module", "--eval", PROGRAM],
  ]);
  const { before, full, after } = JSON.parse(stdout) as Record<string, number>;
  expect(full! - before!).toBeGreaterThan(550 * MIB);
  expect(after! - before!).toBeLessThan(100 * MIB);
}, 120_000);
