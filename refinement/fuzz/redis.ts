import fc from "fast-check";
import { ask, connectClient } from "../../testing/wire/client.ts";
import { type RedisServer, startRedis } from "../oracle/redis.ts";
import { readCorpus } from "./corpus.ts";
import { type Answer, exchange } from "./exchange.ts";
import { connectionInput } from "./generate.ts";
import { lenientVerdict, strictVerdict, type Verdict } from "./reference.ts";
import { ERROR_PREFIX, MAX_BULK_BYTES } from "./resp.ts";

/**
 * The reference against a real redis-server 7.0.15: the same bytes, the same replies in the same
 * order, the same protocol error, and a connection closed after it and only after it.
 */

const PASSWORD = "fuzz";
/** Connections under way at once. */
const CONNECTIONS = 16;
export type CompareOptions = { readonly runs: number; readonly seed: number };

/** Compares `runs` generated inputs and the corpus; throws with the first difference. */
export async function compareWithRedis({ runs, seed }: CompareOptions): Promise<void> {
  const inputs = fc.sample(connectionInput, { numRuns: runs, seed });
  inputs.push(...readCorpus("resp").map((entry) => entry.input));
  const open = await startRedis();
  const locked = await startRedis();
  await requirePassword(locked);
  const counts = { compared: 0, skipped: 0, cut: 0, failures: 0 };
  try {
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < inputs.length) {
        const i = next++;
        if (i % 2 === 0) await compareOne(open, inputs[i]!, false, counts);
        else await compareOne(locked, inputs[i]!, true, counts);
        if (i % 2000 === 1999) console.log(`redis: ${i + 1} of ${inputs.length} inputs`);
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  } finally {
    await Promise.all([open.stop(), locked.stop()]);
  }
  if (counts.compared === 0 || counts.failures === 0)
    throw new Error("redis: nothing was compared");
  console.log(
    `redis: ${counts.compared} inputs agree with redis-server (${counts.failures} of them protocol ` +
      `errors, ${counts.cut} lost to a reset); ${counts.skipped} depend on how reads are cut`,
  );
}

async function requirePassword(server: RedisServer): Promise<void> {
  const client = await connectClient(server.port);
  await ask(client, "CONFIG", "SET", "requirepass", PASSWORD);
  client.close();
}

async function compareOne(
  server: RedisServer,
  input: string,
  locked: boolean,
  counts: { compared: number; skipped: number; cut: number; failures: number },
): Promise<void> {
  const options = { authRequired: locked, maxBulkBytes: MAX_BULK_BYTES };
  const expected = strictVerdict(input, options);
  if (JSON.stringify(lenientVerdict(input, options)) !== JSON.stringify(expected)) {
    counts.skipped++;
    return;
  }
  const fails = expected.end !== "more";
  const answer = await exchange(server.port, [Buffer.from(input, "latin1")], fails ? null : 0);
  const difference = differenceOf(expected, answer, locked);
  if (difference !== undefined) {
    throw new Error(
      `redis: ${difference}\n  input ${JSON.stringify(input.slice(0, 2000))}\n` +
        `  expected ${JSON.stringify(expected).slice(0, 1000)}\n` +
        `  redis-server sent ${JSON.stringify(answer.text.slice(0, 2000))}`,
    );
  }
  counts.compared++;
  if (fails) counts.failures++;
  if (answer.reset && !answer.text.includes(ERROR_PREFIX)) counts.cut++;
}

/** What is wrong with the answer, if anything. */
function differenceOf(expected: Verdict, answer: Answer, locked: boolean): string | undefined {
  const parts: Array<Expected> = expected.requests.map((args) => replyTo(args, locked));
  if (expected.end !== "more") {
    parts.push(`-${ERROR_PREFIX}${expected.end.replace(/[\r\n]/g, " ")}\r\n`);
  }
  let rest = answer.text;
  for (const [i, part] of parts.entries()) {
    // A reset, which follows when the server closes before it has read everything, may destroy
    // replies that were under way.
    if (rest === "" && answer.reset) return undefined;
    const length = part === ANY_REPLY ? replyLength(rest) : rest.startsWith(part) ? part.length : 0;
    if (length === 0) return `reply ${i + 1} is not ${JSON.stringify(String(part))}`;
    rest = rest.slice(length);
  }
  return rest === "" ? undefined : `more replies than expected: ${JSON.stringify(rest)}`;
}

/** A reply that depends on the data. */
const ANY_REPLY = Symbol("any reply");
type Expected = string | typeof ANY_REPLY;

/** The length of the first reply, a simple or a bulk one; 0 if there is none. */
function replyLength(text: string): number {
  const [line, type, length] = /^([-+$])([^\r\n]*)\r\n/.exec(text) ?? [];
  if (line === undefined) return 0;
  return type === "$" && length !== "-1" ? line.length + Number(length) + 2 : line.length;
}

/** Redis' reply to a request. */
function replyTo(args: ReadonlyArray<string>, locked: boolean): Expected {
  const name = args[0]!.toLowerCase();
  const arity = ARITIES.get(name);
  if (arity === undefined) return `-ERR ${unknownCommand(args)}\r\n`;
  const wrongArity = `-ERR wrong number of arguments for '${name}' command\r\n`;
  if (args.length < arity.least || args.length > arity.most) return wrongArity;
  if (locked) return "-NOAUTH Authentication required.\r\n";
  if (name === "ping" && args.length > 2) return wrongArity;
  if (name === "ping" && args.length === 1) return "+PONG\r\n";
  if (name === "ping" || name === "echo") return bulk(args[1]!);
  return ANY_REPLY;
}

/** The commands that inputs use, with the number of arguments that their declarations allow. */
const ARITIES = new Map([
  ["ping", { least: 1, most: Number.POSITIVE_INFINITY }],
  ["echo", { least: 2, most: 2 }],
  ["get", { least: 2, most: 2 }],
  ["set", { least: 3, most: Number.POSITIVE_INFINITY }],
]);

function bulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`;
}

/** Redis quotes the name and about 128 bytes of the arguments, each up to a NUL. */
function unknownCommand(args: ReadonlyArray<string>): string {
  let quoted = "";
  for (const arg of args.slice(1)) {
    if (quoted.length >= 128) break;
    quoted += `'${cString(arg).slice(0, 128 - quoted.length)}' `;
  }
  const name = cString(args[0]!).slice(0, 128);
  const text = `unknown command '${name}', with args beginning with: ${quoted}`;
  return text.replace(/[\r\n]/g, " ");
}

function cString(text: string): string {
  return text.split("\0", 1)[0] ?? "";
}
