import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commands } from "../../impl/commands/index.ts";
import { testInstance } from "../../testing/instance.ts";
import { ask, connectClient, type WireClient } from "../../testing/wire/client.ts";
import { decodeReply, docsFacts, type Facts, infoFacts } from "./declarations.ts";
import { type RedisServer, startRedis } from "./redis.ts";

/** Commands of Redis 7.2 that Redis 7.0 does not have: client libraries send them at connect. */
const NEWER_THAN_ORACLE: ReadonlySet<string> = new Set(["client|no-touch", "client|setinfo"]);

let redis: RedisServer;
let client: WireClient;

beforeAll(async () => {
  redis = await startRedis();
  client = await connectClient(redis.port);
});

afterAll(async () => {
  client.close();
  await redis.stop();
});

/** Ours without those that the oracle cannot know. */
function known(facts: Facts): Facts {
  return new Map([...facts].filter(([name]) => !NEWER_THAN_ORACLE.has(name)));
}

describe.each(["2", "3"])("in RESP%s", (protocol) => {
  const names = commands.map((command) => command.name);
  const subject = testInstance(commands);
  subject.send("HELLO", protocol);

  test("every command is declared once, and the oracle has it", async () => {
    expect(new Set(names).size).toBe(names.length);
    await ask(client, "HELLO", protocol);
    const theirs = infoFacts(decodeReply(await ask(client, "COMMAND", "INFO", ...names)));
    expect(names.filter((name) => !theirs.has(name))).toEqual([]);
  });

  test("COMMAND INFO agrees with the oracle", async () => {
    await ask(client, "HELLO", protocol);
    const request = ["COMMAND", "INFO", ...names] as const;
    const ours = known(infoFacts(decodeReply(subject.send(...request))));
    const theirs = infoFacts(decodeReply(await ask(client, ...request)));
    expect(ours.size).toBeGreaterThanOrEqual(names.length);
    for (const [name, facts] of ours) expect([name, facts]).toEqual([name, theirs.get(name)]);
  });

  test("COMMAND DOCS agrees with the oracle in everything but prose", async () => {
    await ask(client, "HELLO", protocol);
    const request = ["COMMAND", "DOCS", ...names] as const;
    const ours = known(docsFacts(decodeReply(subject.send(...request))));
    const theirs = docsFacts(decodeReply(await ask(client, ...request)));
    expect(ours.size).toBeGreaterThanOrEqual(names.length);
    for (const [name, facts] of ours) expect([name, facts]).toEqual([name, theirs.get(name)]);
  });

  test("COMMAND and COMMAND DOCS without names, COUNT and LIST tell of the same commands", () => {
    const all = infoFacts(decodeReply(subject.send("COMMAND")));
    expect(infoFacts(decodeReply(subject.send("COMMAND", "INFO")))).toEqual(all);
    expect(docsFacts(decodeReply(subject.send("COMMAND", "DOCS"))).size).toBe(all.size);
    expect(subject.send("COMMAND", "COUNT")).toBe(`:${names.length}\r\n`);
    const list = decodeReply(subject.send("COMMAND", "LIST"));
    expect(list).toEqual({
      kind: "array",
      items: [...all.keys()].map((text) => ({ kind: "bulk", text })),
    });
  });

  test("COMMAND LIST FILTERBY ACLCAT agrees with the oracle", async () => {
    const all = infoFacts(decodeReply(subject.send("COMMAND")));
    await ask(client, "HELLO", protocol);
    for (const category of ["fast", "admin", "dangerous", "connection", "read", "nosuch"]) {
      const request = ["COMMAND", "LIST", "FILTERBY", "ACLCAT", category] as const;
      const names = (text: string) => {
        const reply = decodeReply(text);
        return "items" in reply ? reply.items.map((one) => ("text" in one ? one.text : "")) : [];
      };
      const ours = names(subject.send(...request)).filter((name) => !NEWER_THAN_ORACLE.has(name));
      const theirs = names(await ask(client, ...request)).filter((name) => all.has(name));
      expect([category, ...ours.sort()]).toEqual([category, ...theirs.sort()]);
    }
  });
});
