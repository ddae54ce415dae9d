import { expect, test } from "vitest";
import { configOf } from "../../testing/config.ts";
import { refusedListeners, refusedSetting } from "./refused-settings.ts";

test.each([
  ["replicaof", "10.0.0.1 6379"],
  ["cluster-enabled", "yes"],
  ["tls-port", "6380"],
  ["supervised", "systemd"],
  ["supervised", "upstart"],
])("%s %s is refused in one line that begins with its name", (name, value) => {
  const refusal = refusedSetting(configOf({ [name]: value }), {});
  expect(refusal).toMatch(new RegExp(`^${name}: [^\\n]+$`));
});

test("a supervisor that the environment tells of is one only with supervised auto", () => {
  const systemd = { NOTIFY_SOCKET: "/run/systemd/notify" };
  expect(refusedSetting(configOf({ supervised: "auto" }), {})).toBe(null);
  expect(refusedSetting(configOf({}), systemd)).toBe(null);
  expect(refusedSetting(configOf({ supervised: "auto" }), systemd)).toContain("systemd would wait");
  const upstart = { UPSTART_JOB: "redis" };
  expect(refusedSetting(configOf({ supervised: "auto" }), upstart)).toContain("upstart");
});

test("users stand in one place", () => {
  const config = configOf({ aclfile: "users.acl" });
  expect(refusedSetting(config, {})).toBe(null);
  config.users.set("bob", ["on"]);
  expect(refusedSetting(config, {})).toMatch(/^aclfile: users stand in the configuration, too/);
});

test("a server that listens nowhere does not start", () => {
  const nowhere = "Configured to not listen anywhere, exiting.";
  expect(refusedListeners(configOf({ port: "0" }))).toBe(nowhere);
  expect(refusedListeners(configOf({ port: "0", unixsocket: "/tmp/socket" }))).toBe(null);
  expect(refusedListeners(configOf({ port: "7000" }))).toBe(null);
});
