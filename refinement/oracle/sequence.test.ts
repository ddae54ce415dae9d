/** The comparison itself: servers that lie in one way each, and what must be said of them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bulk, integer, oneOf, unordered } from "../../model/keyspace/reply.ts";
import type { Received, WireClient } from "../../testing/wire/client.ts";
import { commandTable } from "../generators/commands.ts";
import type { Sequence, Step } from "../generators/step.ts";
import { Connections } from "./connections.ts";
import { Coverage } from "./coverage.ts";
import { ExceptionLog, freeParts } from "./exceptions.ts";
import { type RedisServer, startRedis } from "./redis.ts";
import { type Bench, type Outcome, runSequence } from "./sequence.ts";

let redis: RedisServer;
let connections: Connections;

beforeAll(async () => {
  redis = await startRedis();
  connections = await Connections.open(redis.port);
});

afterAll(async () => {
  connections.control.close();
  await redis.stop();
});

/** Changes the replies that a client receives. */
type Lie = (replies: ReadonlyArray<Buffer>) => ReadonlyArray<Buffer>;

/** A client whose server lies. */
function lying(client: WireClient, lie: Lie): WireClient {
  return {
    send: (args) => client.send(args),
    sendRaw: (bytes) => client.sendRaw(bytes),
    async receive(count, timeoutMs): Promise<Received> {
      const received = await client.receive(count, timeoutMs);
      return { ...received, replies: lie(received.replies) };
    },
    get waitingReplies() {
      return client.waitingReplies;
    },
    receivePushes: (count, timeoutMs) => client.receivePushes(count, timeoutMs),
    get waitingPushes() {
      return client.waitingPushes;
    },
    takePushes: () => client.takePushes(),
    get closed() {
      return client.closed;
    },
    waitForClose: (timeoutMs) => client.waitForClose(timeoutMs),
    close: () => client.close(),
  };
}

/** A step of connection 0; words are separated by spaces. */
function command(line: string): Step {
  const args = line.split(" ");
  return { _tag: "Command", connection: 0, invocation: { name: args[0]!, options: [], args } };
}

const FAR_MS = 4_000_000_000_000;
const sequence: Sequence = {
  protocols: [2],
  steps: ["SET a 1", `SET b 2 PXAT ${FAR_MS}`, "GET a", "GET b"].map(command),
};
/** Index of the step whose reply is `$1\r\n1\r\n`. */
const AT = 2;

function bench(parts: Partial<Bench["connections"]> = {}): Bench {
  const honest: Bench["connections"] = {
    control: connections.control,
    connect: () => connections.connect(),
    barrier: () => connections.barrier(),
    forgetErrno: () => connections.forgetErrno(),
    pauseIsOver: () => connections.pauseIsOver(),
    spared: (isOfSubscribers, act) => connections.spared(isOfSubscribers, act),
  };
  const coverage = new Coverage();
  return { connections: { ...honest, ...parts }, coverage, exceptions: new ExceptionLog() };
}

/** The outcome when the server lies to the client. */
function outcomeOfLie(lie: Lie, steps = sequence): Promise<Outcome> {
  const connect = async () => {
    const { client, id } = await connections.connect();
    return { client: lying(client, lie), id };
  };
  return runSequence(bench({ connect }), steps);
}

/** The outcome when the server lies about what its keyspace holds at the end. */
function outcomeOfLieAtEnd(from: string, to: string): Promise<Outcome> {
  const lie: Lie = (replies) =>
    replies.map((reply) => Buffer.from(reply.toString("latin1").replace(from, to), "latin1"));
  return runSequence(bench({ control: lying(connections.control, lie) }), sequence);
}

function replaced(replies: ReadonlyArray<Buffer>, from: string, to: string): Buffer[] {
  return replies.map((reply) => (reply.toString("latin1") === from ? Buffer.from(to) : reply));
}

it("agrees with an honest server", async () => {
  expect(await runSequence(bench(), sequence)).toEqual({ _tag: "Agreed", commands: 4 });
});

describe("a reply", () => {
  it.each<[string, Lie]>([
    ["with other bytes", (replies) => replaced(replies, "$1\r\n1\r\n", "$1\r\n3\r\n")],
    ["of another protocol", (replies) => replaced(replies, "$1\r\n1\r\n", "_\r\n")],
    ["and another in its place", (replies) => replaced(replies, "$1\r\n1\r\n", "+1\r\n")],
  ])("%s", async (_, lie) => {
    expect(await outcomeOfLie(lie)).toMatchObject({ _tag: "Differs", at: AT });
  });

  it("that never comes", async () => {
    const outcome = await outcomeOfLie((replies) => replies.slice(0, -1));
    expect(outcome).toMatchObject({ _tag: "Differs", actual: "(no reply)" });
  });

  it("that nobody asked for", async () => {
    const connect = async () => {
      const { client, id } = await connections.connect();
      const lie = lying(client, (replies) => replies);
      return { client: Object.defineProperty(lie, "waitingReplies", { value: 1 }), id };
    };
    const outcome = await runSequence(bench({ connect }), sequence);
    expect(outcome).toMatchObject({ _tag: "Differs", actual: "(a further reply)" });
  });

  it("before the connection closes", async () => {
    const connect = async () => {
      const { client, id } = await connections.connect();
      const lie = lying(client, (replies) => replies);
      return { client: Object.defineProperty(lie, "closed", { value: true }), id };
    };
    const outcome = await runSequence(bench({ connect }), sequence);
    expect(outcome).toMatchObject({ _tag: "Differs", actual: "(the connection closes)" });
  });

  it("after which the connection stays open", async () => {
    const connect = async () => {
      const { client, id } = await connections.connect();
      return { client: { ...lying(client, (replies) => replies), waitForClose: never }, id };
    };
    const never = async () => false;
    const outcome = await runSequence(bench({ connect }), {
      protocols: [2],
      steps: [command("QUIT")],
    });
    expect(outcome).toMatchObject({ _tag: "Differs", actual: "(the connection stays open)" });
  });
});

describe("what another connection is given", () => {
  const heard: Sequence = {
    protocols: [2, 3],
    steps: [{ ...command("SUBSCRIBE c"), connection: 1 } as Step, command("PUBLISH c x")],
  };

  /** The outcome when all pushes are other ones. */
  function outcomeOf(change: (pushes: ReadonlyArray<Buffer>) => ReadonlyArray<Buffer>) {
    const connect = async () => {
      const { client, id } = await connections.connect();
      const receivePushes: WireClient["receivePushes"] = async (count, timeoutMs) => {
        const received = await client.receivePushes(count, timeoutMs);
        return { ...received, replies: change(received.replies) };
      };
      const honest = lying(client, (replies) => replies);
      return {
        client: Object.defineProperty(honest, "receivePushes", { value: receivePushes }),
        id,
      };
    };
    return runSequence(bench({ connect }), heard);
  }

  it.each<[string, string, string]>([
    ["another message", "$1\r\nx", "$1\r\ny"],
    ["another confirmation", "$9\r\nsubscribe", "$9\r\nsubscribf"],
  ])("%s", async (_, from, to) => {
    expect(await outcomeOf((pushes) => pushes)).toMatchObject({ _tag: "Agreed" });
    const changed = (push: Buffer) => Buffer.from(push.toString().replace(from, to));
    const outcome = await outcomeOf((pushes) => pushes.map(changed));
    expect(outcome).toMatchObject({ _tag: "Differs" });
  });
});

describe("the keyspace at the end", () => {
  it.each([
    ["another value", "$1\r\n2\r\n", "$1\r\n3\r\n"],
    ["another encoding", "$3\r\nint\r\n", "$3\r\nraw\r\n"],
    ["another expiry", `:${FAR_MS}\r\n`, `:${FAR_MS + 1}\r\n`],
    ["no expiry", `:${FAR_MS}\r\n`, ":-1\r\n"],
    ["no key", "+string\r\n", "+none\r\n"],
    ["another type", "+string\r\n", "+list\r\n"],
    ["nothing", "db0:", "dbx:"],
  ])("%s", async (_, from, to) => {
    expect(await outcomeOfLieAtEnd(from, to)).toMatchObject({ _tag: "Differs", at: "end" });
  });

  it("a key that the model has not", async () => {
    const outcome = await runSequence(
      bench({
        connect: async () => {
          await pipelineSet(connections.control);
          return connections.connect();
        },
      }),
      { protocols: [2], steps: [command("PING")] },
    );
    expect(outcome).toMatchObject({ _tag: "Differs", at: "end", expected: expect.any(String) });
  });
});

async function pipelineSet(client: WireClient): Promise<void> {
  client.send(["SET", "secret", "x"]);
  await client.receive(1);
}

describe("what is not compared", () => {
  const free = freeParts(unordered([bulk("a"), bulk("b")]));

  it("is told apart", () => {
    expect(freeParts(bulk("a"))).toEqual([]);
    expect(free).toEqual(["Unordered"]);
    expect(freeParts(oneOf([integer(1), integer(2)]))).toEqual(["OneOf"]);
  });

  it("is reported unless the table permits it", () => {
    const log = new ExceptionLog();
    log.add("KEYS", free);
    log.add("GET", []);
    expect(log.undeclared()).toEqual([]);
    log.add("GET", free);
    expect(log.undeclared()).toEqual(["GET: Unordered"]);
  });
});

describe("coverage", () => {
  it("tells what was never reached", () => {
    const coverage = new Coverage();
    const missing = "SETNX never answered :1";
    expect(coverage.neverReached(commandTable)).toContain(missing);
    coverage.add("SETNX", [], ":1");
    expect(coverage.neverReached(commandTable)).not.toContain(missing);
  });
});
