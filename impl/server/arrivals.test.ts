import fc from "fast-check";
import { expect, test } from "vitest";
import type { TestConnection } from "../../testing/connection.ts";
import { TestServer } from "../../testing/server.ts";
import { lineText } from "../../testing/wire/request.ts";

function serving(directives: Readonly<Record<string, string>> = { appendonly: "no" }): TestServer {
  const server = TestServer.loaded(directives);
  server.core.gathersReads = true;
  server.core.lookAhead.minKeys = 0;
  return server;
}

/** A request as clients send it; `send` adds the last line end. */
function request(line: string): string {
  return lineText(line).slice(0, -2);
}

function connect(server: TestServer, count: number): TestConnection[] {
  return Array.from({ length: count }, () => server.connect());
}

test("short reads run at the end of the turn, in the order in which they came", () => {
  const server = serving();
  const clients = connect(server, 40);
  for (const [i, client] of clients.entries()) client.send(request(`APPEND k ${i % 10}`));
  expect(server.instance.data.databases[0]!.size).toBe(0);
  server.turn();
  expect(clients.map((client) => client.take())).toEqual(clients.map((_, i) => `:${i + 1}\r\n`));
  expect(clients[0]!.ask(request("GET k"))).toBe(`$40\r\n${"0123456789".repeat(4)}\r\n`);
});

test("a long read runs at once, behind the short ones that came before it", () => {
  const server = serving();
  const [a, b, c] = connect(server, 3) as [TestConnection, TestConnection, TestConnection];
  a.send(request("SET k short"));
  b.send(request(`SET k ${"x".repeat(600)}`));
  expect(server.instance.data.databases[0]!.size).toBe(1);
  c.send(request("STRLEN k"));
  server.turn();
  expect(c.take()).toBe(":600\r\n");
});

test("a client's second read of a turn runs behind its first", () => {
  const server = serving();
  const [client, other] = connect(server, 2) as [TestConnection, TestConnection];
  client.send(request("SET k 1"));
  other.send(request("INCR k"));
  client.send(request("INCR k"));
  server.turn();
  expect(client.take()).toBe("+OK\r\n:3\r\n");
  expect(other.take()).toBe(":2\r\n");
});

test("a request in pieces is whole in the end, whoever else sends meanwhile", () => {
  const server = serving();
  const [client, other] = connect(server, 2) as [TestConnection, TestConnection];
  const whole = `${request("SET key:of:16:bytes value")}\r\n`;
  for (let cut = 1; cut < whole.length - 2; cut++) {
    const { shared, readOffset } = server.core;
    const deliver = (text: string): void => {
      shared.write(text, readOffset, "latin1");
      client.deliver(text.length);
    };
    deliver(whole.slice(0, cut));
    other.send(request("PING"));
    server.turn();
    deliver(whole.slice(cut));
    other.send(request("PING"));
    server.turn();
    expect(client.take()).toBe("+OK\r\n");
    expect(other.take()).toBe("+PONG\r\n+PONG\r\n");
  }
});

test("what a client has sent before it went away is executed", () => {
  const server = serving();
  const [client, other] = connect(server, 2) as [TestConnection, TestConnection];
  client.send(request("SET k 1"));
  client.leave();
  expect(other.ask(request("GET k"))).toBe("$1\r\n1\r\n");
});

test("a client that is killed says nothing any more, nor does another one in its place", () => {
  const server = serving();
  const [client, other] = connect(server, 2) as [TestConnection, TestConnection];
  const id = client.ask(request("CLIENT ID")).slice(1, -2);
  other.send(request(`CLIENT KILL ID ${id}`));
  client.send(request("SET k 1"));
  server.turn();
  expect(client.isClosed).toBe(true);
  expect(other.take()).toBe(":1\r\n");
  expect(other.ask(request(`STRLEN ${"x".repeat(600)}`), request("GET k"))).toBe(":0\r\n$-1\r\n");
});

test("a client in another database, or without its password, is none of the others'", () => {
  const server = serving({ appendonly: "no", requirepass: "secret" });
  const [a, b, c] = connect(server, 3) as [TestConnection, TestConnection, TestConnection];
  for (const client of [a, b]) expect(client.ask(request("AUTH secret"))).toBe("+OK\r\n");
  b.ask(request("SELECT 1"));
  a.send(request("SET k 0"));
  b.send(request("SET k 1"));
  c.send(request("SET k 2"));
  server.turn();
  expect(c.take()).toBe("-NOAUTH Authentication required.\r\n");
  a.send(request("GET k"));
  b.send(request("GET k"));
  c.send(request(`MGET ${"k ".repeat(10).trim()}`));
  server.turn();
  expect(a.take()).toBe("+OK\r\n$1\r\n0\r\n");
  expect(b.take()).toBe("+OK\r\n$1\r\n1\r\n");
  expect(c.take()).toBe("-ERR Protocol error: unauthenticated multibulk length\r\n");
});

test("with a log, units of many clients lie in one frame, in order", () => {
  const server = serving({ appendonly: "yes", appendfsync: "always" });
  const clients = connect(server, 20);
  for (const [i, client] of clients.entries()) client.send(request(`APPEND k ${i % 10}`));
  server.turn();
  expect(clients.map((client) => client.take()).join("")).toBe("");
  server.endSync();
  expect(clients.map((client) => client.take())).toEqual(clients.map((_, i) => `:${i + 1}\r\n`));
  expect(server.close()).toBeNull();
  const again = TestServer.loaded({}, server.disk);
  expect(again.connect().ask("GET k")).toBe(`$20\r\n${"0123456789".repeat(2)}\r\n`);
});

const key = fc.constantFrom("a", "b", "a-key-of-16-bytes");
const line = fc.oneof(
  { weight: 4, arbitrary: key.map((k) => `GET ${k}`) },
  { weight: 4, arbitrary: fc.tuple(key, fc.nat(20)).map(([k, v]) => `SET ${k} ${v}`) },
  { weight: 4, arbitrary: key.map((k) => `INCR ${k}`) },
  { weight: 2, arbitrary: key.map((k) => `SET ${k} ${"v".repeat(550)}`) },
  { weight: 2, arbitrary: fc.tuple(key, key).map(([a, b]) => `RENAME ${a} ${b}`) },
  fc.constantFrom("SELECT 1", "SELECT 0", "SWAPDB 0 1", "FLUSHALL", "DBSIZE", "NOSUCH x"),
  fc.constantFrom("MULTI", "EXEC", "DISCARD", "WATCH a", "RESET", "CLIENT REPLY SKIP"),
);

test("gathered or not, all clients get the same replies", () => {
  const sends = fc.array(fc.record({ client: fc.nat(4), lines: fc.array(line, { minLength: 1 }) }));
  fc.assert(
    fc.property(sends, fc.array(fc.boolean()), (list, ends) => {
      const [gathered, plain] = [serving(), serving()];
      plain.core.gathersReads = false;
      const pairs = [connect(gathered, 5), connect(plain, 5)] as const;
      for (const [i, { client, lines }] of list.entries()) {
        for (const clients of pairs) clients[client]!.send(...lines.map(request));
        if (!ends[i % ends.length]) continue;
        gathered.turn();
        plain.turn();
      }
      gathered.turn();
      plain.turn();
      const [left, right] = pairs.map((clients) => clients.map((client) => client.take()));
      expect(left).toEqual(right);
    }),
    { numRuns: 200, seed: 1 },
  );
});
