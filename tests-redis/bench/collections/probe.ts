/**
 * What another client notices: `node probe.ts PORT` asks PING again and again, and prints the
 * longest wait in milliseconds when its standard input ends.
 */
import net from "node:net";

const port = Number(process.argv[2]);
const PAUSE_MS = 1;

let worstMs = 0;
let sentMs = 0;

const socket = net.connect({ port, host: "127.0.0.1", noDelay: true });
const ask = (): void => {
  sentMs = performance.now();
  socket.write("PING\r\n");
};
socket.on("data", () => {
  worstMs = Math.max(worstMs, performance.now() - sentMs);
  setTimeout(ask, PAUSE_MS);
});
socket.once("connect", () => {
  process.stdout.write("ready\n");
  ask();
});
process.stdin.resume();
process.stdin.once("end", () => {
  process.stdout.write(`${worstMs}\n`);
  process.exit(0);
});
