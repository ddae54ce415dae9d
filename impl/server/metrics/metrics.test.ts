import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../../../refinement/oracle/redis.ts";
import { TestServer } from "../../../testing/server.ts";
import { ask, connectClient, type WireClient } from "../../../testing/wire/client.ts";
import { createServer, type Server } from "../create-server.ts";
import { METRICS } from "./declarations.ts";
import { isOwnHost } from "./hosts.ts";
import { openMetrics } from "./listener.ts";
import { stateOf } from "./state.ts";

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

function get(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = "GET",
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, path, method, headers, agent: false };
    const asked = request(options, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () =>
        resolve({ status: response.statusCode!, headers: response.headers, text }),
      );
    });
    asked.on("error", reject);
    asked.end();
  });
}

let port: number;
let server: Server;
let client: WireClient;

beforeAll(async () => {
  port = await freePort();
  server = await createServer({
    config: { "metrics-port": String(port), "slowlog-log-slower-than": "0" },
  });
  client = await connectClient(server.port);
});

afterAll(async () => {
  client?.close();
  await server?.close();
});

/** The value of a sample, as the text has it. */
function sample(text: string, series: string): string | undefined {
  const line = text.split("\n").find((one) => one.startsWith(`${series} `));
  return line?.slice(series.length + 1);
}

describe("metrics", () => {
  test("are redis_exporter's, with the values of INFO", async () => {
    await ask(client, "CONFIG", "RESETSTAT");
    await ask(client, "SET", "a", "1");
    await ask(client, "SET", "b", "1", "EX", "100");
    await ask(client, "GET", "a");
    await ask(client, "GET", "nothing");
    await ask(client, "LPUSH", "a", "x");
    await ask(client, "GET");
    await ask(client, "CLIENT", "ID");
    const { status, headers, text } = await get(port, "/metrics");
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
    const values = {
      redis_up: "1",
      redis_connected_clients: "1",
      redis_loading_dump_file: "0",
      redis_aof_enabled: "0",
      redis_rdb_last_bgsave_status: "1",
      redis_commands_processed_total: "7",
      redis_keyspace_hits_total: "1",
      redis_keyspace_misses_total: "1",
      'redis_db_keys{db="db0"}': "2",
      'redis_db_keys_expiring{db="db0"}': "1",
      'redis_commands_total{cmd="set"}': "2",
      'redis_commands_total{cmd="client|id"}': "1",
      'redis_commands_failed_calls_total{cmd="lpush"}': "1",
      'redis_commands_rejected_calls_total{cmd="get"}': "1",
      'redis_errors_total{err="WRONGTYPE"}': "1",
      'redis_errors_total{err="ERR"}': "1",
      redis_memory_max_bytes: "0",
      veridis_log_up: "1",
      veridis_log_units_total: "0",
    };
    const shown = Object.keys(values).map((series) => [series, sample(text, series)]);
    expect(Object.fromEntries(shown)).toEqual(values);
    expect(Number(sample(text, "redis_memory_used_bytes"))).toBeGreaterThan(0);
    expect(text).toMatch(/^redis_instance_info\{role="master",redis_version="7\.0\.15",/m);
    expect(text).toContain("# TYPE redis_commands_processed_total counter\n");
  });

  test("of what is gone are gone", async () => {
    await ask(client, "FLUSHALL");
    const { text } = await get(port, "/metrics");
    expect(sample(text, 'redis_db_keys{db="db0"}')).toBeUndefined();
  });

  test("all have a value, and names that nobody else has", async () => {
    const { text } = await get(port, "/metrics");
    const named = METRICS.map(({ name }) => name);
    expect(new Set(named).size).toBe(named.length);
    const always = METRICS.filter(({ labels }) => labels.length === 0);
    const missing = always.filter(({ name }) => sample(text, name) === undefined);
    expect(missing.map(({ name }) => name)).toEqual([]);
    expect(text).not.toMatch(/ (NaN|undefined)$/m);
  });
});

describe("the port", () => {
  test("tells who asks by another name nothing", async () => {
    const paths = ["/", "/metrics", "/state.json", "/health", "/ready", "/page.js"];
    for (const path of paths) {
      const answer = await get(port, path, { Host: `attacker.example:${port}` });
      expect([answer.status, answer.text]).toEqual([
        421,
        "This server is not known by that name. Use its address.\n",
      ]);
    }
    expect((await get(port, "/health", { Host: `localhost:${port}` })).status).toBe(200);
  });

  test.each([
    ["127.0.0.1", true],
    ["127.0.0.1:9121", true],
    ["[::1]:9121", true],
    ["[::1]", true],
    ["LOCALHOST:1", true],
    ["localhost.", true],
    ["10.0.0.1:80", true],
    ["db1:9121", true],
    ["db2:9121", false],
    ["localhost.attacker.example", false],
    ["127.0.0.1.attacker.example", false],
    ["attacker.example", false],
    ["[attacker.example]", false],
    ["127.0.0.1@attacker.example", false],
    ["127.0.0.1:9121:1", false],
    ["", false],
    [undefined, false],
  ])("is reached as %s: %s", (host, isOwn) => {
    expect(isOwnHost(host, ["127.0.0.1", "db1"])).toBe(isOwn);
  });

  test("takes GET and HEAD, and knows its paths", async () => {
    const posted = await get(port, "/metrics", {}, "POST");
    expect([posted.status, posted.headers["allow"]]).toEqual([405, "GET, HEAD"]);
    expect((await get(port, "/nothing")).status).toBe(404);
    expect((await get(port, "/__proto__")).status).toBe(404);
    expect((await get(port, "/health?x=1")).text).toBe("ok\n");
    const head = await get(port, "/health", {}, "HEAD");
    expect([head.status, head.text, head.headers["content-length"]]).toEqual([200, "", "3"]);
  });

  test("lets nothing in from elsewhere, and nobody read along", async () => {
    const { headers } = await get(port, "/");
    expect(headers["content-security-policy"]).toMatch(/^default-src 'none'; script-src 'self';/);
    expect(headers["access-control-allow-origin"]).toBeUndefined();
    expect(headers["cache-control"]).toBe("no-store");
    expect(headers["x-content-type-options"]).toBe("nosniff");
  });

  test("is closed with the server, and stays closed unless it is asked for", async () => {
    const other = await freePort();
    const short = await createServer({ config: { "metrics-port": String(other) } });
    expect((await get(other, "/ready")).text).toBe("ready\n");
    await short.close();
    await expect(get(other, "/ready")).rejects.toThrow("ECONNREFUSED");
    const without = await createServer();
    const asked = await connectClient(without.port);
    expect(await ask(asked, "CONFIG", "GET", "metrics-port")).toMatch(/\r\n\$1\r\n0\r\n$/);
    asked.close();
    await without.close();
  });

  test("in use is an error of the start", async () => {
    await expect(createServer({ config: { "metrics-port": String(port) } })).rejects.toThrow(
      `Failed listening on metrics port ${port} (127.0.0.1): listen EADDRINUSE`,
    );
  });
});

/** A server in the test's hands, with its HTTP port. */
async function opened(
  loaded: TestServer,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const { config } = loaded.instance;
  const wanted = await freePort();
  const { findDirective } = await import("../../config/directives.ts");
  config.load(findDirective("metrics-port")!, [String(wanted)]);
  const listener = (await openMetrics(config, loaded.core))!;
  return { port: listener.port, close: () => listener.close() };
}

test("a server that loads is healthy and not ready, and one whose log is poisoned neither", async () => {
  const loading = new TestServer({ appendfsync: "always" });
  const { port: http, close } = await opened(loading);
  expect((await get(http, "/ready")).text).toBe("loading\n");
  expect((await get(http, "/health")).status).toBe(200);
  while (!loading.persistence.load(1 << 20)) {}
  expect((await get(http, "/ready")).text).toBe("ready\n");
  loading.connect().ask("set a 1");
  loading.endSync("fails");
  expect((await get(http, "/health")).status).toBe(503);
  expect((await get(http, "/ready")).status).toBe(503);
  await close();
});

test("the state tells of the log's gate, and of slow commands without their arguments", () => {
  const server = TestServer.loaded({ appendfsync: "always", "slowlog-log-slower-than": "0" });
  const one = server.connect();
  one.ask("set secret password");
  const waiting = stateOf(server.core);
  expect([waiting.log!.units - waiting.log!.openUnits, waiting.log!.isUp]).toEqual([1, true]);
  server.endSync();
  const state = stateOf(server.core);
  expect(state.log!.units).toBe(state.log!.openUnits);
  expect(state.databases).toEqual([{ database: 0, keys: 1, expiring: 0 }]);
  const text = JSON.stringify(state);
  expect(text).toContain('"command":"SET","arguments":2');
  expect(text).not.toMatch(/secret|password/);
});
