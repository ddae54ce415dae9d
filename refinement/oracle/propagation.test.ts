/**
 * What replicas are sent, beside redis-server: the same random commands go to both servers, and
 * both streams must hold the same commands, times apart.
 */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createServer, type Server } from "../../impl/server/create-server.ts";
import { ask, connectClient, type WireClient } from "../../testing/wire/client.ts";
import { connectFollower, type FollowerClient } from "../../testing/wire/replica.ts";
import { dataCommands } from "../generators/commands.ts";
import { sequences } from "../generators/sequences.ts";
import { type Invocation, resolveArgs, type Sequence, type Step } from "../generators/step.ts";
import { type RedisServer, startRedis } from "./redis.ts";
import { comparedRuns } from "./runs.ts";
import { storesInAnyOrder, withoutErrno } from "./sorting.ts";

/** Milliseconds since the epoch have at least so many digits, and seconds two fewer. */
const TIME = /^\d{13,}$/;
/** The two servers run a command within this time of each other. */
const TOLERANCE_MS = 1000n;
/** A key that lives for a few milliseconds is gone after this on both sides. */
const WAIT_MS = 12;
/**
 * Which expired keys RANDOMKEY and SCAN meet, and so remove, is up to chance, and so is which
 * members SPOP removes, which has a test of its own; CLIENT REPLY takes
 * away the replies that the test waits for; and FLUSHALL marks the end of a sequence.
 */
const EXCLUDED = new Set(["RANDOMKEY", "SCAN", "SPOP", "CLIENT|REPLY", "FLUSHALL"]);
/**
 * A BITFIELD that lengthens its string and of which every write then fails is no effect in Redis,
 * whose replicas keep the shorter string; here it is one.
 */
function isUntold({ name, args }: Invocation): boolean {
  return name === "BITFIELD" && args.some((arg) => /^fail/i.test(String(arg)));
}

/**
 * The HyperLogLog that a PFADD leaves which turns out to be corrupt on the way: Redis' replicas do
 * not learn of what was added until then. No client sends this.
 */
function isHalfAdded([name, , value, option]: readonly string[]): boolean {
  return name === "SET" && value!.startsWith("HYLL") && option === "KEEPTTL";
}

/** A difference that the clock has made does not come back so often. */
const CONFIRMATIONS = 3;

/** One server with a connection for each actor of a sequence, and a follower. */
class Side {
  readonly #clients: readonly WireClient[];
  readonly #follower: FollowerClient;

  constructor(clients: readonly WireClient[], follower: FollowerClient) {
    this.#clients = clients;
    this.#follower = follower;
  }

  static async open(port: number): Promise<Side> {
    const clients = [];
    for (let i = 0; i < 4; i++) clients.push(await connectClient(port));
    const control = clients[3]!;
    await ask(control, "CONFIG", "SET", "repl-ping-replica-period", "3600");
    await ask(control, "DEBUG", "SET-ACTIVE-EXPIRE", "0");
    const side = new Side(clients, await connectFollower(port));
    // Swallows the first PING, whenever it comes.
    await side.stream();
    return side;
  }

  async run({ connection, invocation }: Extract<Step, { _tag: "Command" }>): Promise<void> {
    const client = this.#clients[connection]!;
    client.send(resolveArgs(invocation.args, () => 0));
    await client.receive(1);
  }

  /** Ends every transaction and empties the server; returns what the follower got until then. */
  async stream(): Promise<readonly (readonly string[])[]> {
    for (const client of this.#clients) await ask(client, "RESET");
    await ask(this.#clients[3]!, "FLUSHALL", "SYNC");
    const commands = await this.#follower.until(([name]) => name === "FLUSHALL");
    return commands
      .filter((command) => command[0] !== "PING" && !isHalfAdded(command))
      .slice(0, -1);
  }

  close(): void {
    for (const client of this.#clients) client.close();
    this.#follower.close();
  }
}

let redis: RedisServer;
let veridis: Server;
let sides: readonly [Side, Side];

beforeAll(async () => {
  redis = await startRedis();
  veridis = await createServer({ config: { "enable-debug-command": "yes" } });
  sides = [await Side.open(redis.port), await Side.open(veridis.port)];
});

afterAll(async () => {
  for (const side of sides ?? []) side.close();
  await veridis?.close();
  await redis?.stop();
});

async function streams({ steps }: Sequence): Promise<readonly (readonly (readonly string[])[])[]> {
  for (const step of steps) {
    if (step._tag === "Wait") await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
    if (step._tag !== "Command" || EXCLUDED.has(step.invocation.name)) continue;
    if (isUntold(step.invocation) || storesInAnyOrder(step.invocation)) continue;
    for (const one of withoutErrno(step)) await Promise.all(sides.map((side) => side.run(one)));
  }
  return await Promise.all(sides.map((side) => side.stream()));
}

function sameWord(a: string, b: string): boolean {
  if (a === b) return true;
  if (!TIME.test(a) || !TIME.test(b)) return false;
  const difference = BigInt(a) - BigInt(b);
  return -TOLERANCE_MS < difference && difference < TOLERANCE_MS;
}

function same(
  a: readonly (readonly string[])[] | undefined,
  b: readonly (readonly string[])[] | undefined,
): boolean {
  return (
    a?.length === b?.length &&
    a!.every((words, i) => {
      const others = b![i]!;
      return words.length === others.length && words.every((word, j) => sameWord(word, others[j]!));
    })
  );
}

const { timeoutMs, ...drawn } = comparedRuns(400);

test("every effect is the one that redis-server propagates", { timeout: timeoutMs }, async () => {
  const property = fc.asyncProperty(
    sequences({ length: 40, commands: dataCommands, protocols: [2] }),
    async (sequence) => {
      let [theirs, ours] = await streams(sequence);
      for (let i = 0; i < CONFIRMATIONS && !same(theirs, ours); i++) {
        [theirs, ours] = await streams(sequence);
      }
      if (!same(theirs, ours)) expect(ours).toEqual(theirs);
    },
  );
  await fc.assert(property, drawn);
});

/** Messages, which replicas publish as well. */
const MESSAGES: readonly (readonly string[])[] = [
  ["publish c 1", "set k v", "spublish c 2", "publish c 3"],
  ["multi", "publish c 1", "exec", "multi", "publish c 1", "publish c 2", "exec"],
  ["multi", "set k v", "publish c 1", "set k w", "exec", "publish c 2"],
  ["select 1", "publish c 1", "select 2", "set k v", "select 1", "publish c 2", "set k v"],
  [
    "multi",
    "publish c 1",
    "select 3",
    "set k v",
    "spublish c 2",
    "select 4",
    "publish c 3",
    "exec",
  ],
  ["multi", "set k v", "publish c 1", "discard", "get k"],
];

test.each(MESSAGES)("%s, …: what is published goes to replicas, too", async (...lines) => {
  const [theirs, ours] = await streams(conversation(lines));
  expect(ours).toEqual(theirs);
});

/** Lines of one client as a sequence. */
function conversation(lines: readonly string[]): Sequence {
  const steps = lines.map((line): Step => {
    const args = line.split(" ");
    const invocation = { name: args[0]!, options: [], args };
    return { _tag: "Command", connection: 0, invocation };
  });
  return { protocols: [2], steps };
}

/** Sets of which members are drawn. */
const DRAWS: readonly (readonly string[])[] = [
  ["sadd s a", "spop s", "spop s"],
  ["sadd s a b c", "spop s", "spop s 0", "spop s 2"],
  ["sadd s a b c", "spop s 2", "spop s 9"],
  ["sadd s 1 2 3 4 5 6 7", "spop s 6", "spop x 6"],
  ["sadd s a b c", "multi", "spop s", "spop s 1", "set k v", "spop s", "exec"],
];

test.each(DRAWS)("%s, …: what SPOP draws is removed by name, in Redis' form", async (...lines) => {
  const [theirs, ours] = await streams(conversation(lines));
  const unnamed = (words: readonly string[]) => (words[0] === "SREM" ? words.slice(0, 2) : words);
  expect(ours!.map(unnamed)).toEqual(theirs!.map(unnamed));
});
