import { expect, test } from "vitest";
import { testInstance } from "../../../testing/instance.ts";
import { commands } from "../index.ts";

function server() {
  const admin = testInstance(commands);
  const client = admin.connect();
  return { admin, client };
}

test("a restricted user may do what its rules allow, and no more", () => {
  const { admin, client } = server();
  admin.run("acl setuser a on nopass +get +set +client|id %R~r* %W~w* &news*");
  expect(client.run("auth a x")).toBe("+OK\r\n");
  expect(client.run("get r1")).toBe("$-1\r\n");
  expect(client.run("set w1 1")).toBe("+OK\r\n");
  expect(client.run("set r1 1")).toMatch(/^-NOPERM this user has no permissions to access one of/);
  expect(client.run("set w1 1 get")).toMatch(/^-NOPERM .* keys used/);
  expect(client.run("client list")).toBe(
    "-NOPERM this user has no permissions to run the 'client|list' command\r\n",
  );
  expect(client.run("client id")).toMatch(/^:/);
  expect(client.run("acl whoami")).toMatch(/^-NOPERM/);
});

test("selectors are judged one by one, not joined", () => {
  const { admin, client } = server();
  admin.run("acl setuser a on nopass +get ~a (+set ~b)");
  client.run("auth a x");
  expect(client.run("get a")).toBe("$-1\r\n");
  expect(client.run("set b 1")).toBe("+OK\r\n");
  expect(client.run("set a 1")).toMatch(/^-NOPERM/);
  expect(client.run("get b")).toMatch(/^-NOPERM/);
});

test("every command and channel are not every key", () => {
  const { admin, client } = server();
  admin.run("acl setuser a on nopass +@all &* ~mine");
  client.run("auth a x");
  expect(client.run("get mine")).toBe("$-1\r\n");
  expect(client.run("get yours")).toMatch(/^-NOPERM/);
});

test("a channel must match, a pattern must be the very one", () => {
  const { admin, client } = server();
  admin.run("acl setuser a on nopass +@pubsub &news*");
  client.run("auth a x");
  expect(client.run("publish news1 x")).toBe(":0\r\n");
  expect(client.run("publish chat x")).toMatch(/^-NOPERM .* channels used/);
  expect(client.run("psubscribe news1*")).toMatch(/^-NOPERM/);
  expect(client.run("psubscribe news*")).toMatch(/^\*3/);
});

test("EXEC asks again", () => {
  const { admin, client } = server();
  admin.run("acl setuser a on nopass +@all ~*");
  client.run("auth a x");
  client.run("multi");
  client.run("set a 1");
  client.run("get a");
  admin.run("acl setuser a -set");
  expect(client.run("exec")).toMatch(/^\*2\r\n-NOPERM ACLs rules changed .*\r\n\$-1\r\n$/);
  expect(admin.run("acl log 1")).toContain("multi");
});

test("a command that was refused spoils the transaction", () => {
  const { admin, client } = server();
  admin.run("acl setuser a on nopass +@all -set ~*");
  client.run("auth a x");
  client.run("multi");
  expect(client.run("set a 1")).toMatch(/^-NOPERM/);
  expect(client.run("exec")).toMatch(/^-EXECABORT/);
});

test("who waits is served by the rules of that moment", () => {
  const { admin, client } = server();
  admin.run("acl setuser a on nopass +@all ~*");
  client.run("auth a x");
  client.run("blpop l 0");
  admin.run("acl setuser a -blpop");
  admin.run("rpush l x");
  expect(admin.run("llen l")).toBe(":1\r\n");
});

test("scripts run what their users may", () => {
  const { admin, client } = server();
  admin.run("acl setuser a on nopass +eval +get ~a");
  client.run("auth a x");
  expect(client.send("eval", "return redis.call('get','a')", "0")).toBe("$-1\r\n");
  expect(client.send("eval", "return redis.call('get','b')", "0")).toMatch(
    /^-ERR The user executing the script can't access at least one of the keys/,
  );
  expect(client.send("eval", "return redis.call('set','a','1')", "0")).toMatch(
    /^-ERR The user executing the script can't run this command or subcommand/,
  );
  const check = "return {redis.acl_check_cmd('get','a'), redis.acl_check_cmd('set','a','1')}";
  expect(client.send("eval", check, "0")).toBe("*2\r\n:1\r\n$-1\r\n");
});

test("the last key that GEORADIUS would store in counts, too", () => {
  const { admin, client } = server();
  admin.run("acl setuser a on nopass +georadius ~g ~mine");
  client.run("auth a x");
  expect(client.run("georadius g 0 0 1 km store mine")).toBe(":0\r\n");
  expect(client.run("georadius g 0 0 1 km store mine store yours")).toMatch(/^-NOPERM/);
});

test("keys count where the number of keys is none, as Redis reads it then", () => {
  const { admin, client } = server();
  admin.run("acl setuser a on nopass +@all ~mine");
  client.run("auth a x");
  for (const count of ["1x", "-9223372036854775807", "4294967297"]) {
    expect(client.run(`zunion ${count} yours`)).toMatch(/^-NOPERM/);
    expect(client.run(`zunion ${count} mine`)).toMatch(/^-ERR/);
    expect(client.run(`zunionstore yours ${count} mine`)).toMatch(/^-NOPERM/);
    expect(client.run(`command getkeys zunion ${count} yours mine`)).toBe("*1\r\n$5\r\nyours\r\n");
  }
  expect(client.run("zunion 2147483648 yours")).toMatch(/^-ERR/);
});

test("SORT reads other keys for those who may read every one", () => {
  const { admin, client } = server();
  admin.run("acl setuser a on nopass +sort %R~l");
  client.run("auth a x");
  expect(client.run("sort l by nosort")).toBe("*0\r\n");
  expect(client.run("sort l by w*")).toMatch(/^-ERR BY option of SORT denied/);
  expect(client.run("sort l get w*")).toMatch(/^-ERR GET option of SORT denied/);
  admin.run("acl setuser a %R~*");
  expect(client.run("sort l by w* get w*")).toBe("*0\r\n");
});

test("who is gone, or may not listen any more, is closed", () => {
  const { admin, client } = server();
  const listener = admin.connect();
  admin.run("acl setuser a on nopass +@all ~* &news*");
  client.run("auth a x");
  listener.run("auth a x");
  listener.run("subscribe news1");
  admin.run("acl setuser a resetchannels &news1");
  expect(listener.session.closed).toBe(false);
  admin.run("acl setuser a resetchannels &new");
  expect(listener.session.closed).toBe(true);
  expect(client.session.closed).toBe(false);
  admin.run("acl deluser a");
  expect(client.session.closed).toBe(true);
});

test("the log groups what is alike, the latest first", () => {
  const { admin, client } = server();
  admin.run("acl setuser a on >secret +get ~a");
  client.run("auth a wrong");
  client.run("auth a secret");
  client.run("get b");
  client.run("get b");
  client.run("set a 1");
  const log = admin.run("acl log");
  expect(log.match(/count/g)).toHaveLength(3);
  expect(log).toMatch(/count\r\n:1\r\n.*command.*count\r\n:2\r\n.*key.*auth/s);
  expect(admin.run("acl log reset")).toBe("+OK\r\n");
  expect(admin.run("acl log")).toBe("*0\r\n");
});

test("the key without a name is allowed by ~* alone, not by patterns for some use of keys", () => {
  const { admin, client } = server();
  admin.run("acl setuser a on nopass +@all %R~* %W~*");
  client.run("auth a x");
  expect(client.send("get", "x")).toBe("$-1\r\n");
  expect(client.send("get", "")).toMatch(/^-NOPERM .* keys used/);
  expect(client.send("evalsha_ro", "0".repeat(40), "2", "x", "")).toMatch(/^-NOPERM .* keys used/);
  expect(client.send("evalsha_ro", "0".repeat(40), "1", "x", "")).toMatch(/^-NOSCRIPT/);
  admin.run("acl setuser a ~*");
  expect(client.send("get", "")).toBe("$-1\r\n");
});
