import { expect, test } from "vitest";
import { testInstance } from "../../../testing/instance.ts";
import { commands } from "../index.ts";

/** The text of a bulk string. */
function bulk(reply: string): string {
  return reply.slice(reply.indexOf("\r\n") + 2, -2);
}

test("a line of CLIENT LIST has Redis' fields in Redis' order", () => {
  const redis = testInstance(commands);
  redis.clock.advance(61_000);
  const line = bulk(redis.run("client list"));
  const names = line
    .trim()
    .split(" ")
    .map((field) => field.split("=")[0]);
  expect(names.join(" ")).toBe(
    "id addr laddr fd name age idle flags db sub psub ssub multi qbuf qbuf-free argv-mem " +
      "multi-mem rbs rbp obl oll omem tot-mem events cmd user redir resp lib-name lib-ver",
  );
  expect(line).toMatch(
    /^id=1 addr=127\.0\.0\.1:50000 laddr=127\.0\.0\.1:6379 fd=8 name= age=61 idle=61 flags=N db=0 /,
  );
  expect(line).toMatch(
    / multi=-1 .* argv-mem=10 .* cmd=client\|list user=default redir=-1 resp=2 lib-name= lib-ver=\n$/,
  );
  expect(redis.run("client list")).toContain(" idle=0 ");
});

test("CLIENT LIST shows a transaction, a wait, a name, flags and the protocol", () => {
  const redis = testInstance(commands);
  const other = redis.connect();
  const line = () => bulk(redis.run(`client list id ${other.session.id}`));
  other.run("hello 3 setname me");
  other.run("select 3");
  other.run("multi");
  other.run("set key value");
  expect(line()).toMatch(
    / name=me .* flags=x db=3 .* multi=1 .* multi-mem=35 .* cmd=set .* resp=3 lib-name= lib-ver=\n$/,
  );
  other.run("client info");
  expect(bulk(other.run("exec"))).toMatch(/ flags=x db=3 .* multi=2 .* multi-mem=61 .* cmd=exec /);
  other.run("wait 1 0");
  expect(line()).toMatch(/ flags=b .* cmd=wait /);
  redis.run(`client unblock ${other.session.id}`);
  other.run("client no-evict on");
  other.run("client no-touch on");
  expect(line()).toMatch(/ flags=eT /);
  other.run("client setinfo lib-name some-lib");
  expect(line()).toMatch(/ resp=3 lib-name=some-lib lib-ver=\n$/);
});

test("RESET leaves nothing of a transaction, name, database, protocol or silence", () => {
  const redis = testInstance(commands);
  for (const line of ["hello 3 setname me", "select 4", "client reply off", "multi", "watch k"]) {
    redis.run(line);
  }
  expect(redis.run("reset")).toBe("+RESET\r\n");
  expect(redis.run("client getname")).toBe("$-1\r\n");
  expect(redis.run("exec")).toBe("-ERR EXEC without MULTI\r\n");
  expect(bulk(redis.run("client info"))).toMatch(/ name= .* db=0 .* resp=2 lib-name= lib-ver=\n$/);
});

test("CLIENT KILL disconnects those that match every filter", () => {
  const redis = testInstance(commands);
  const [a, b, c] = [redis.connect(), redis.connect(), redis.connect()];
  const { instance } = redis;
  expect(redis.run(`client kill id ${a.session.id} type normal user default`)).toBe(":1\r\n");
  expect(instance.clients.closing).toEqual([a.session]);
  expect(a.session.closed).toBe(true);
  expect(redis.run(`client kill id ${b.session.id} type pubsub`)).toBe(":0\r\n");
  expect(redis.run("client kill addr 127.0.0.1:50000 laddr 127.0.0.1:6379")).toBe(":2\r\n");
  expect(instance.clients.closing).toEqual([a.session, b.session, c.session]);
  expect(redis.session.closeAfterReply).toBe(false);
  expect(redis.run("client kill 127.0.0.1:50000")).toBe("+OK\r\n");
  expect(redis.session.closeAfterReply).toBe(true);
  expect(redis.session.closed).toBe(false);
});

test("CLIENT KILL ends the victim's transaction and watches", () => {
  const redis = testInstance(commands);
  const other = redis.connect();
  other.run("watch k");
  redis.run(`client kill id ${other.session.id}`);
  expect(redis.instance.data.watches.isEmpty).toBe(true);
  redis.instance.verifyInvariants();
});

test("CLIENT REPLY OFF silences until ON; SKIP silences one command; SKIP under OFF does nothing", () => {
  const redis = testInstance(commands);
  expect(redis.run("client reply off")).toBe("");
  expect(redis.run("ping")).toBe("");
  expect(redis.run("client reply skip")).toBe("");
  expect(redis.run("ping")).toBe("");
  expect(redis.run("client reply on")).toBe("+OK\r\n");
  expect(redis.run("client reply skip")).toBe("");
  expect(redis.run("ping")).toBe("");
  expect(redis.run("ping")).toBe("+PONG\r\n");
});

test.each([
  "client pause 9223372036854775807",
  "client pause 9223372036854775000 write",
  "wait 1 9223372036854775807",
  "blpop k 9223372036854775.807",
  "blpop k 1e30",
  "blpop k 1e3000",
  "blpop k inf",
  "bzpopmin z 9223372036854775",
  "brpoplpush a b 9223372036854776",
])("%s: no moment is so late", (line) => {
  const redis = testInstance(commands);
  expect(redis.run(line)).toBe("-ERR timeout is out of range\r\n");
  expect(redis.session.blocked).toBe(null);
});

test.each(["client pause -1", "wait 1 -9223372036854775808", "blpop k -1e30", "blpop k -inf"])(
  "%s: none is before now",
  (line) => {
    expect(testInstance(commands).run(line)).toBe("-ERR timeout is negative\r\n");
  },
);

test("AUTH and HELLO AUTH open a connection that needs a password", () => {
  const redis = testInstance(commands);
  redis.instance.users.setDefaultPassword("secret");
  const other = redis.connect();
  expect(other.run("ping")).toBe("-NOAUTH Authentication required.\r\n");
  expect(other.run("hello 3")).toMatch(/^-NOAUTH HELLO must be called /);
  expect(other.run("auth secret!")).toMatch(/^-WRONGPASS /);
  expect(other.run("auth secre")).toMatch(/^-WRONGPASS /);
  expect(other.run("hello 3 auth default wrong")).toMatch(/^-WRONGPASS /);
  expect(other.run("hello 3 auth default secret")).toMatch(/^%7\r\n/);
  expect(other.run("ping")).toBe("+PONG\r\n");
  other.run("reset");
  expect(other.run("ping")).toBe("-NOAUTH Authentication required.\r\n");
  expect(other.run("auth secret")).toBe("+OK\r\n");
  expect(redis.run("ping"), "connected before the password was set").toBe("+PONG\r\n");
});

test("a password that is taken away opens every connection", () => {
  const redis = testInstance(commands);
  redis.instance.users.setDefaultPassword("secret");
  const other = redis.connect();
  redis.instance.users.setDefaultPassword("");
  expect(other.run("ping")).toBe("+PONG\r\n");
});

test("passwords stay out of the slow log", () => {
  const redis = testInstance(commands);
  redis.instance.settings.slowlogThresholdUs = 0;
  redis.run("auth secret");
  redis.run("auth default secret");
  redis.run("hello 3 auth default secret setname me");
  redis.run("reset");
  const log = redis.run("slowlog get");
  expect(log).not.toContain("secret");
  expect(log.match(/\(redacted\)/g)).toHaveLength(5);
  expect(log).toContain("$2\r\nme\r\n");
});
