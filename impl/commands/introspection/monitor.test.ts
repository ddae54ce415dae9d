import { beforeEach, expect, test } from "vitest";
import type { TestConnection } from "../../../testing/connection.ts";
import { TestServer } from "../../../testing/server.ts";

let server: TestServer;
let monitor: TestConnection;
let other: TestConnection;

function start(directives: Readonly<Record<string, string>>): void {
  server = TestServer.loaded(directives);
  monitor = server.connect();
  other = server.connect();
  expect(monitor.ask("monitor")).toBe("+OK\r\n");
}

beforeEach(() => start({ appendfsync: "always" }));

/** Lines without times and addresses, line ends shown as spaces. */
const shown = (text: string): string =>
  text
    .replace(/\+\d+\.\d{6} \[(\d+) [^ ]+\] /g, "[$1] ")
    .replaceAll("\r\n", " ")
    .trimEnd();

test("what tells of the data is shown when the log has what it tells of", () => {
  expect(other.ask("set k 1")).toBe("");
  expect(monitor.take()).toBe("");
  server.endSync();
  expect(shown(monitor.take())).toBe('[0] "set" "k" "1"');
  other.ask("multi", "set k 2", "ping", "exec");
  expect(shown(monitor.take())).toBe('[0] "multi"');
  server.endSync();
  expect(shown(monitor.take())).toBe('[0] "set" "k" "2" [0] "ping" [0] "exec"');
});

test("what tells of nothing waits for nothing", () => {
  other.send("ping", "set k 1", "ping");
  server.turn();
  expect(shown(monitor.take())).toBe('[0] "ping"');
  server.endSync();
  expect(shown(monitor.take())).toBe('[0] "set" "k" "1" [0] "ping"');
});

test("its own commands stand behind their replies, and never in the reply of EXEC", () => {
  expect(shown(monitor.ask("ping"))).toBe('+PONG [0] "ping"');
  monitor.ask("multi", "ping", "echo a");
  expect(shown(monitor.ask("exec"))).toBe('*2 +PONG $1 a [0] "ping" [0] "echo" "a" [0] "exec"');
});

test("nobody looks at what runs while nobody monitors", () => {
  start({ appendonly: "no" });
  const isWatched = (): boolean => server.instance.observer !== null;
  const second = server.connect();
  second.ask("monitor");
  monitor.ask("reset");
  expect(isWatched()).toBe(true);
  second.leave();
  expect(isWatched()).toBe(false);
  const third = server.connect();
  third.ask("monitor");
  expect(isWatched()).toBe(true);
  third.ask("quit");
  expect(isWatched()).toBe(false);
  expect(other.ask("ping")).toBe("+PONG\r\n");
  expect(monitor.take()).toBe("");
});

test("CLIENT LIST says who monitors, and it counts as a normal client", () => {
  expect(other.ask("client list type normal")).toMatch(/ flags=O .* cmd=monitor /);
  monitor.ask("reset");
  expect(other.ask("client list")).not.toMatch(/flags=O/);
});

test("neither a pause nor the timeout of idle clients holds a monitor back", () => {
  start({ appendonly: "no", timeout: "2" });
  other.ask("client pause 100000");
  expect(shown(monitor.ask("ping"))).toBe('+PONG [0] "ping"');
  server.pass(5000);
  expect([monitor.isClosed, other.isClosed]).toEqual([false, true]);
});

test("a monitor that reads nothing is closed at the limit of normal clients", () => {
  start({ appendonly: "no", "client-output-buffer-limit": "normal 1000 0 0" });
  monitor.unsentBytes = 999;
  other.ask("ping");
  server.pass(1000);
  expect(monitor.isClosed).toBe(false);
  monitor.unsentBytes = 1001;
  other.ask("ping");
  server.pass(1000);
  expect(monitor.isClosed).toBe(true);
  expect(other.ask("ping")).toBe("+PONG\r\n");
});
