import { expect, test } from "vitest";
import { commands } from "../commands/index.ts";
import { Config } from "../config/config.ts";
import { newUsers } from "../session/create-users.ts";

function someUsers() {
  return newUsers(new Config(), commands);
}

const ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

test("a new server's only user may do everything", () => {
  const users = someUsers();
  expect(users.describe()).toEqual(["user default on nopass ~* &* +@all"]);
  expect(users.default.isUnrestricted).toBe(true);
  expect(users.mustAuthenticate).toBe(false);
});

test("rules are said in Redis' words", () => {
  const users = someUsers();
  const rules = ["+@all", "-@dangerous", "-set", "(+get ~x)", "%R~foo%W", "%RW~z", ">abc", "on"];
  expect(users.set("b", rules)).toBeNull();
  expect(users.describe()[0]).toBe(
    `user b on #${ABC} %R~foo%W ~z resetchannels +@all -@dangerous -set (~x resetchannels -@all +get)`,
  );
  users.verifyInvariants();
});

test("a user's description makes it again", () => {
  const users = someUsers();
  users.set("a", ["on", ">abc", "+@read", "-get", "+select|0", "%R~a*", "~b", "&c", "(+@all ~d)"]);
  const text = users.describe().join("\n");
  const others = someUsers();
  expect(others.load(text, "users.acl")).toEqual({ gone: [] });
  expect(others.describe().join("\n")).toBe(text);
});

test("all of the rules are applied or none", () => {
  const users = someUsers();
  expect(users.set("a", ["on", "+get", "%X~a"])).toMatch(/modifier '%X~a': Syntax error$/);
  expect(users.byName("a")).toBeNull();
  users.set("a", ["on", "+get"]);
  expect(users.set("a", ["-get", "+nosuch"])).toMatch(/Unknown command or category/);
  expect(users.describe()[0]).toBe("user a on resetchannels -@all +get");
});

test("a pattern that allows no use at all is refused, at which Redis stops", () => {
  expect(someUsers().set("a", ["%~x"])).toMatch(/Syntax error$/);
});

test("selectors may come in several arguments", () => {
  const users = someUsers();
  expect(users.set("a", ["(+get", "~x)", "(+set", "~y)"])).toBeNull();
  expect(users.describe()[0]).toBe(
    "user a off resetchannels -@all (~x resetchannels -@all +get) (~y resetchannels -@all +set)",
  );
  expect(users.set("a", ["(+get", "~x"])).toBe(
    "Unmatched parenthesis in acl selector starting at '(+get'.",
  );
});

test("passwords are kept as hashes only, and compared", () => {
  const users = someUsers();
  users.set("a", ["on", ">abc", `#${ABC}`]);
  expect(users.byName("a")!.passwords).toEqual([ABC]);
  expect(users.authenticate("a", "abc")?.name).toBe("a");
  expect(users.authenticate("a", "abd")).toBeNull();
  expect(users.authenticate("nobody", "abc")).toBeNull();
  users.set("a", ["off"]);
  expect(users.authenticate("a", "abc")).toBeNull();
});

test("the default user's password decides who must log in", () => {
  const users = someUsers();
  users.setDefaultPassword("secret");
  expect(users.mustAuthenticate).toBe(true);
  users.setDefaultPassword("");
  expect(users.mustAuthenticate).toBe(false);
  users.set("default", ["off"]);
  expect(users.mustAuthenticate).toBe(true);
});

test("a file with anything wrong changes nothing, and says where", () => {
  const users = someUsers();
  users.set("a", ["on"]);
  const before = users.describe();
  for (const [text, says] of [
    ["user a on +nosuch", "f:1: Error in applying operation '+nosuch': Unknown command"],
    ["\nuser a on %X~a x", "f:2: Syntax error. WARNING"],
    ["usr a", "f:1 should start with user keyword"],
    ["user a on\nuser a off", "Duplicate user 'a' found on line 2."],
    ["user a (+get", "f:1: Unmatched parenthesis in selector definition."],
  ] as const) {
    const loaded = users.load(text, "f");
    expect("errors" in loaded && loaded.errors).toContain(says);
    expect(users.describe()).toEqual(before);
  }
});

test("a file's users take the places of all others, and default stays the same object", () => {
  const users = someUsers();
  users.set("a", ["on"]);
  const { default: before } = users;
  const loaded = users.load("user b on nopass\nuser default off +get\n", "f");
  expect("gone" in loaded && loaded.gone.map(({ name }) => name)).toEqual(["a"]);
  expect(users.default).toBe(before);
  expect(users.mustAuthenticate).toBe(true);
  expect(users.describe()).toEqual([
    "user b on nopass resetchannels -@all",
    "user default off resetchannels -@all +get",
  ]);
  users.verifyInvariants();
});

test("commands that this server lacks may be named", () => {
  const users = someUsers();
  expect(users.set("a", ["+@all", "-cluster", "-bgsave", "-replicaof", "+module|list"])).toBeNull();
});
