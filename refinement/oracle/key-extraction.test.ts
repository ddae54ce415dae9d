import { afterAll, beforeAll, expect, test } from "vitest";
import { commands } from "../../impl/commands/index.ts";
import { Request } from "../../impl/resp/request.ts";
import type { Command } from "../../impl/session/command.ts";
import { type KeyFlag, type KeySpec, unknownKeys } from "../../impl/session/command-declaration.ts";
import { legacyKeyRange, shownFlags } from "../../impl/session/command-facts.ts";
import { extractKeys } from "../../impl/session/key-extraction.ts";
import { ask, connectClient, type WireClient } from "../../testing/wire/client.ts";
import { decodeReply, itemsOf, type Reply, textOf } from "./declarations.ts";
import { type RedisServer, startRedis } from "./redis.ts";

let redis: RedisServer;
let client: WireClient;

beforeAll(async () => {
  redis = await startRedis();
  client = await connectClient(redis.port);
  await ask(client, "HELLO", "3");
});

afterAll(async () => {
  client.close();
  await redis.stop();
});

/** Requests whose keys the oracle is asked for; every way of finding keys occurs. */
const REQUESTS = [
  "get k",
  "mset a 1 b 2",
  "mget a b c",
  "rename a b",
  "bitop and d a b",
  "object encoding k",
  "zunionstore d 2 a b weights 1 2",
  "zunionstore d 3 a b",
  "zunionstore d x a b",
  "zunion 2 a b",
  "zunion -1 a b",
  "eval script 2 a b c",
  "eval script 0 a",
  "xread count 5 streams a b 1 2",
  "xread count 5 block 0 nothing a b 1 2",
  "xread STREAMS a 1",
  "xreadgroup group g c streams a b 1 2",
  "georadius k 1 2 3 m store d",
  "georadius k 1 2 3 m",
  "blpop a b c 0",
  "lmpop 2 a b left",
  "sintercard 2 a b limit 1",
  "copy a b",
  "smove a b m",
  "lcs a b",
  "watch a b",
  "memory usage k",
  "xgroup create k g id",
  "pfcount a b",
  "publish c m",
  "sort k",
  "sort k by x get y store d",
  "sort k store d store e",
  "sort k by store get store limit store store store d",
  "sort k store store d",
  "sort k limit 0 store d e",
  "sort k store",
  "sort_ro k by x get y",
  "sort_ro k store d",
  "migrate host 1 k 0 1",
  "migrate host 1 k 0 1 copy replace auth keys",
  "migrate host 1 k 0 1 keys a b",
  "migrate host 1 k 0 1 auth2 keys keys copy",
];

/** Name and value of a map's fields. */
function fieldsOf(reply: Reply): Map<string, Reply> {
  const items = itemsOf(reply);
  const fields = new Map<string, Reply>();
  for (let i = 0; i < items.length; i += 2) fields.set(textOf(items[i]!), items[i + 1]!);
  return fields;
}

function numberIn(fields: Map<string, Reply>, name: string): number {
  return Number(textOf(fields.get(name)!));
}

/** A key spec as the oracle describes it. */
function specFrom(reply: Reply): KeySpec {
  const fields = fieldsOf(reply);
  const flags = itemsOf(fields.get("flags")!).map((flag) => textOf(flag) as KeyFlag);
  const begin = fieldsOf(fields.get("begin_search")!);
  const find = fieldsOf(fields.get("find_keys")!);
  const [beginSpec, findSpec] = [fieldsOf(begin.get("spec")!), fieldsOf(find.get("spec")!)];
  const beginType = textOf(begin.get("type")!);
  const findType = textOf(find.get("type")!);
  if (beginType === "unknown" || findType === "unknown") return unknownKeys(flags);
  return {
    flags,
    begin:
      beginType === "index"
        ? { type: "index", index: numberIn(beginSpec, "index") }
        : {
            type: "keyword",
            keyword: textOf(beginSpec.get("keyword")!),
            startFrom: numberIn(beginSpec, "startfrom"),
          },
    find:
      findType === "range"
        ? {
            type: "range",
            lastKey: numberIn(findSpec, "lastkey"),
            keyStep: numberIn(findSpec, "keystep"),
            limit: numberIn(findSpec, "limit"),
          }
        : {
            type: "keynum",
            keyNumIndex: numberIn(findSpec, "keynumidx"),
            firstKey: numberIn(findSpec, "firstkey"),
            keyStep: numberIn(findSpec, "keystep"),
          },
  };
}

/** What our own commands find by themselves, where the key specs do not suffice. */
const OWN_KEYS = new Map(commands.map(({ name, keys }) => [name, keys]));

/** A declaration with the oracle's facts. */
function commandFrom(info: Reply): Command {
  const items = itemsOf(info);
  const flags = itemsOf(items[2]!).map((flag) => textOf(flag) as Command["flags"][number]);
  const name = textOf(items[0]!);
  const keys = OWN_KEYS.get(name);
  return {
    name,
    ...(keys === undefined ? {} : { keys }),
    arity: Number(textOf(items[1]!)),
    flags: flags.filter((flag) => flag !== "movablekeys"),
    keySpecs: itemsOf(items[8]!).map(specFrom),
    acl: [],
    group: "generic",
    since: "",
    summary: "",
  };
}

/** Every command and subcommand of the oracle. */
async function everyCommand(): Promise<(readonly [Command, Reply])[]> {
  const all: (readonly [Command, Reply])[] = [];
  const add = (info: Reply): void => {
    all.push([commandFrom(info), info]);
    for (const sub of itemsOf(itemsOf(info)[9]!)) add(sub);
  };
  for (const info of itemsOf(decodeReply(await ask(client, "COMMAND")))) add(info);
  return all;
}

test("first key, last key, step and movablekeys follow from the key specs", async () => {
  const all = await everyCommand();
  expect(all.length).toBeGreaterThan(300);
  for (const [command, info] of all) {
    const items = itemsOf(info);
    const { first, last, step } = legacyKeyRange(command);
    const ours = [command.name, first, last, step, ...shownFlags(command)];
    const theirs = items.slice(3, 6).map((item) => Number(textOf(item)));
    expect(ours).toEqual([command.name, ...theirs, ...itemsOf(items[2]!).map(textOf)]);
  }
});

test("the keys of a request and their flags are those that the oracle finds", async () => {
  const all = new Map((await everyCommand()).map(([command]) => [command.name, command]));
  let compared = 0;
  for (const line of REQUESTS) {
    const words = line.split(" ");
    const command = all.get(`${words[0]}|${words[1]}`) ?? all.get(words[0]!)!;
    const theirs = decodeReply(await ask(client, "COMMAND", "GETKEYSANDFLAGS", ...words));
    const keys = extractKeys(command, Request.of(...words)) ?? [];
    const ours = keys.map(({ position, flags }) => [words[position], ...flags].join(" "));
    if (theirs.kind === "error") {
      expect([line, ...ours]).toEqual([line]);
      continue;
    }
    const expected = itemsOf(theirs).map((key) => {
      const [name, flags] = itemsOf(key);
      return [textOf(name!), ...itemsOf(flags!).map(textOf)].join(" ");
    });
    expect([line, ...ours]).toEqual([line, ...expected]);
    compared += expected.length;
  }
  expect(compared).toBeGreaterThan(30);
});
