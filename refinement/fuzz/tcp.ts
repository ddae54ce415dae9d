import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { ask, connectClient } from "../../testing/wire/client.ts";
import { requestText } from "../../testing/wire/request.ts";
import { ReplyScanner } from "../../testing/wire/scanner.ts";
import { commandTable } from "../generators/commands.ts";
import { resolveArgs } from "../generators/step.ts";
import { freePort } from "../oracle/redis.ts";
import { mayWait } from "../waiting.ts";
import { addToCorpus, readCorpus } from "./corpus.ts";
import { abandon, exchange } from "./exchange.ts";
import { connectionInput, pieceSizes } from "./generate.ts";
import { strictVerdict } from "./reference.ts";
import { ERROR_PREFIX, MAX_BULK_BYTES } from "./resp.ts";

/**
 * Whole connections against a running server: real commands with valid and invalid arguments,
 * mixed with bent requests, cut into writes, several connections at once, some of which go away
 * without reading.
 *
 * Every request is answered by one well-formed reply, a protocol error ends the connection, the
 * server goes on serving, forgets the connections, and its memory does not grow. Behind a request that
 * waits, which others may serve or not, there may be no further reply.
 */

/** Cases between two looks at the server's health. */
const CASES_PER_LOOK = 100;
const PROGRESS_MS = 5000;
/** What the resident memory may gain over the second half of the run: a third, and some. */
const MEMORY_SLACK_BYTES = 64 * 1024 * 1024;
/** How long closed connections may be remembered. */
const FORGET_TIMEOUT_MS = 5000;

/** How long a connection that may wait stays open after its last byte. */
const LINGER_MS = 6;
/** So many cases see waits answered, and others that are not. */
const LEAST_FOR_WAITS = 300;

/** Commands that change how many replies there are, also to other connections. */
const EXCLUDED = new Set([
  "QUIT",
  "WAIT",
  "CLIENT|REPLY",
  "CLIENT|KILL",
  "CLIENT|PAUSE",
  "CONFIG|SET",
  "CONFIG|REWRITE",
  ...["SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE"],
  "MIGRATE",
  // It disconnects who has logged in as that user.
  "ACL|DELUSER",
]);

/** Whether a request may ask for a password from everyone who connects. */
const locksOut = ([name, sub, user]: ReadonlyArray<string>): boolean =>
  /^acl$/i.test(name!) && /^setuser$/i.test(sub ?? "") && user === "default";

/** One connection: what it sends, how it is cut, and whether it stays to read the replies. */
type ConnectionCase = {
  readonly input: string;
  readonly sizes: ReadonlyArray<number>;
  readonly stays: boolean;
};

const realRequest: fc.Arbitrary<string> = fc
  .oneof(
    ...commandTable
      .filter(({ name }) => !EXCLUDED.has(name))
      .map(({ weight, arbitrary }) => ({ weight, arbitrary })),
  )
  .map(({ args }) => resolveArgs(args, (client) => client + 1))
  .filter((words) => !locksOut(words))
  .map((words) => requestText(...words));

const connectionCase: fc.Arbitrary<ConnectionCase> = fc.record({
  input: fc
    .array(
      fc.oneof(
        { weight: 12, arbitrary: realRequest },
        { weight: 1, arbitrary: connectionInput.filter((input) => !/quit/i.test(input)) },
      ),
      { minLength: 1, maxLength: 20 },
    )
    .map((parts) => parts.join("")),
  sizes: pieceSizes,
  stays: fc.nat(4).map((one) => one > 0),
});

/** How waits ended, as their clients saw it. */
type Waits = { answered: number; unanswered: number };

export type TcpOptions = { readonly runs: number; readonly seed: number };

/** Runs `runs` cases of one to four connections each. Exits with 1 upon a failure. */
export async function fuzzConnections({ runs, seed }: TcpOptions): Promise<void> {
  const server = await startVeridis();
  const startMs = performance.now();
  let printedMs = startMs;
  let cases = 0;
  let replies = 0;
  const residentBytes: number[] = [];
  const waits: Waits = { answered: 0, unanswered: 0 };

  const property = fc.asyncProperty(
    fc.array(connectionCase, { minLength: 1, maxLength: 4 }),
    async (connections) => {
      const counts = await Promise.all(
        connections.map((one) => checkConnection(server.port, one, waits)),
      );
      for (const count of counts) replies += count;
      cases++;
      if (cases % CASES_PER_LOOK === 0) residentBytes.push(await look(server));
      if (performance.now() - printedMs > PROGRESS_MS) {
        printedMs = performance.now();
        console.log(`connections: ${cases} of ${runs} cases, ${replies} replies`);
      }
    },
  );
  try {
    await replayCorpus(server.port);
    const result = await fc.check(property, { numRuns: runs, seed });
    if (result.failed) {
      console.error(`connections: failed after ${result.numRuns} cases: ${result.errorInstance}`);
      for (const { input, sizes, stays } of result.counterexample![0]) {
        console.error(`  ${JSON.stringify(input.slice(0, 500))} in ${sizes}, stays: ${stays}`);
        console.error(`  kept as ${addToCorpus("connections", input)}`);
      }
      console.error(`  again with --seed ${seed}`);
      process.exitCode = 1;
      return;
    }
    residentBytes.push(await look(server));
    await allForgotten(server.port);
  } finally {
    server.stop();
  }
  if (replies === 0) throw new Error("connections: no reply was seen");
  if (cases >= LEAST_FOR_WAITS && Math.min(waits.answered, waits.unanswered) === 0) {
    throw new Error(`connections: waits ended in one way only: ${JSON.stringify(waits)}`);
  }
  checkMemory(residentBytes);
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  const megabytes = Math.round(residentBytes.at(-1)! / 1024 / 1024);
  console.log(
    `connections: ${cases} cases with ${replies} replies in ${seconds} s, ` +
      `${waits.answered} waits answered and ${waits.unanswered} not; ` +
      `the server serves on, at ${megabytes} MB`,
  );
}

async function replayCorpus(port: number): Promise<void> {
  for (const { name, input } of readCorpus("connections")) {
    const waits = { answered: 0, unanswered: 0 };
    await checkConnection(port, { input, sizes: [65_536], stays: true }, waits).catch((error) => {
      throw new Error(`corpus/connections/${name}: ${error.message}`);
    });
  }
}

/** Runs one connection. Returns how many replies it got. */
async function checkConnection(
  port: number,
  connection: ConnectionCase,
  waits: Waits,
): Promise<number> {
  const pieces = cut(Buffer.from(connection.input, "latin1"), connection.sizes);
  if (!connection.stays) {
    await abandon(port, pieces);
    return 0;
  }
  const expected = strictVerdict(connection.input, {
    authRequired: false,
    maxBulkBytes: MAX_BULK_BYTES,
  });
  const fails = expected.end !== "more";
  const waiting = expected.requests.map(asksToWait);
  const canWait = waiting.includes(true);
  const answer = await exchange(port, pieces, canWait ? LINGER_MS : fails ? null : 0);
  const scanner = new ReplyScanner();
  const frames = scanner.push(Buffer.from(answer.text, "latin1")).filter((frame) => !frame.push);
  // A server that closes before it has read everything resets the connection, which may destroy
  // replies on their way.
  if (answer.reset && fails) return frames.length;
  if (scanner.pendingBytes > 0) throw new Error("the last reply is incomplete");
  const count = expected.requests.length + (fails ? 1 : 0);
  waits.answered += frames.filter((_, i) => waiting[i]).length;
  if (frames.length < count && waiting[frames.length]) {
    // It went away while it waited.
    waits.unanswered++;
    return frames.length;
  }
  if (frames.length !== count) {
    throw new Error(`${frames.length} replies instead of ${count}; expected end: ${expected.end}`);
  }
  const last = frames.at(-1)?.bytes.toString("latin1");
  const error = `-${ERROR_PREFIX}${expected.end.replace(/[\r\n]/g, " ")}\r\n`;
  if (fails && last !== error) throw new Error(`${JSON.stringify(last)} instead of ${error}`);
  return frames.length;
}

/** Whether a request may begin to wait, as far as its words tell. */
function asksToWait([name = "", ...args]: readonly string[]): boolean {
  return mayWait({ name: name.toUpperCase(), options: [], args: [name, ...args] });
}

/** Cuts bytes into pieces, of at least a hundredth of the whole so that a case stays short. */
function cut(bytes: Buffer, sizes: ReadonlyArray<number>): Buffer[] {
  const least = Math.ceil(bytes.length / 100);
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = Math.max(least, sizes[pieces.length % sizes.length]!);
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

type VeridisServer = { readonly port: number; readonly pid: number; stop(): void };

/** Starts the server in a process of its own. */
async function startVeridis(): Promise<VeridisServer> {
  const port = await freePort();
  const cli = join(import.meta.dirname, "../../impl/server/cli.ts");
  const child = spawn(process.execPath, [cli, "--port", String(port), "--save", ""], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  child.once("exit", (code, signal) => {
    console.error(`connections: the server ended with ${code ?? signal}`);
    process.exit(1);
  });
  for (let log = ""; !log.includes("Ready to accept connections"); ) {
    const [chunk] = (await once(child.stdout, "data")) as [Buffer];
    log += chunk.toString();
  }
  child.stdout.resume();
  return {
    port,
    pid: child.pid!,
    stop: () => {
      child.removeAllListeners("exit");
      child.kill("SIGKILL");
    },
  };
}

/** A fresh connection must be served. Returns the server's resident memory in bytes. */
async function look({ port, pid }: VeridisServer): Promise<number> {
  const client = await connectClient(port);
  const reply = await ask(client, "PING");
  if (reply !== "+PONG\r\n") throw new Error(`PING is answered by ${JSON.stringify(reply)}`);
  await ask(client, "FLUSHALL");
  client.close();
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024;
}

/** All connections but the asking one must be gone soon. */
async function allForgotten(port: number): Promise<void> {
  const client = await connectClient(port);
  const deadlineMs = performance.now() + FORGET_TIMEOUT_MS;
  for (;;) {
    const list = await ask(client, "CLIENT", "LIST");
    if (list.split("\n").filter((line) => line.includes("id=")).length === 1) break;
    if (performance.now() > deadlineMs) throw new Error(`connections: still there: ${list}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  client.close();
}

/** The second half of the run may not take much more memory than the first did. */
function checkMemory(residentBytes: ReadonlyArray<number>): void {
  const half = Math.ceil(residentBytes.length / 2);
  const before = Math.max(...residentBytes.slice(0, half));
  const after = Math.max(...residentBytes.slice(half));
  if (after > before * 1.33 + MEMORY_SLACK_BYTES) {
    throw new Error(`connections: memory grew from ${before} to ${after} bytes`);
  }
}
