/** The commands about the server: what it measures, and what it does beside the keyspace. */
import { Result } from "effect";
import { answer, argument, type Call, lookup, type Meaning, session } from "./call.ts";
import { timeoutArgument } from "./client.ts";
import { REDIS_VERSION } from "./connection.ts";
import { commandError, fail } from "./errors.ts";
import { integerArgument } from "./numbers.ts";
import { type Bytes, error, nil, ok, oneOf, type Reply, satisfies, zero } from "./reply.ts";
import * as shapes from "./shapes.ts";
import { word } from "./text.ts";

/** `<command> HELP` */
export const help: Meaning = (call) => answer(call, shapes.help(call));

const constant =
  (reply: Reply): Meaning =>
  (call) =>
    answer(call, reply);

const CLOCKS_DIFFER_BY_US = 10_000_000n;

/** TIME: seconds and microseconds, by the server's clock */
export const time: Meaning = (call) =>
  answer(
    call,
    satisfies(`about ${call.nowUs} microseconds`, (reply) => {
      if (reply._tag !== "Array" || reply.items.length !== 2) return false;
      const [seconds, micros] = reply.items.map(textOfDigits);
      if (seconds === undefined || micros === undefined || micros > 999_999n) return false;
      const difference = seconds * 1_000_000n + micros - call.nowUs;
      return difference <= CLOCKS_DIFFER_BY_US && difference >= -CLOCKS_DIFFER_BY_US;
    }),
  );

const textOfDigits = (reply: Reply): bigint | undefined =>
  reply._tag === "Bulk" && /^[0-9]+$/.test(reply.bytes) ? BigInt(reply.bytes) : undefined;

/** LOLWUT [VERSION version] [argument ...]: a picture, signed */
export const lolwut: Meaning = (call) =>
  Result.gen(function* () {
    const picked = call.args.length >= 3 && word(argument(call, 1)) === "version";
    const version = picked ? BigInt.asUintN(32, yield* integerArgument(argument(call, 2))) : 7n;
    const taken = version === 5n ? 3 : version === 6n ? 2 : 0;
    const sizes = call.args.slice(picked ? 3 : 1).slice(0, taken);
    for (const size of sizes) yield* integerArgument(size);
    const signature = `Redis ver. ${REDIS_VERSION}\n`;
    return yield* answer(
      call,
      shapes.text("a signed picture", (text) => text.endsWith(signature)),
    );
  });

/** WAIT numreplicas timeout: there are no replicas, so it waits in vain, for ever if it may */
export const wait: Meaning = (call) =>
  Result.gen(function* () {
    const replicas = yield* integerArgument(argument(call, 1));
    const timeoutMs = yield* timeoutArgument(argument(call, 2));
    const waitsForever = replicas > 0n && timeoutMs === 0n && !call.insideExec;
    return yield* answer(call, waitsForever ? null : zero);
  });

/** INFO [section ...]: a text of sections, headed `# Name`, with `field:value` lines */
export const info: Meaning = constant(
  shapes.text("sections of fields", (text) =>
    text.split("\r\n").every((line) => line === "" || /^# \w+$|^[^:\s]+:/.test(line)),
  ),
);

/** SLOWLOG GET [count] */
export const slowlogGet: Meaning = (call) =>
  Result.gen(function* () {
    const [, , limit, ...more] = call.args;
    if (more.length > 0) return yield* fail("SubcommandSyntax", ...containerAndName(call));
    if (limit !== undefined) {
      const most = yield* integerArgument(limit, "SlowlogCount");
      if (most < -1n) return yield* fail("SlowlogCount");
    }
    const isEntry = (reply: Reply): boolean => reply._tag === "Array" && reply.items.length === 6;
    return yield* answer(call, shapes.list("slow commands", isEntry));
  });

const containerAndName = (call: Call): [Bytes, Bytes] => [argument(call, 0), argument(call, 1)];

/** SLOWLOG LEN, LATENCY RESET [event ...] */
export const counted: Meaning = constant(shapes.count);

/** SLOWLOG RESET, MEMORY PURGE */
export const done: Meaning = constant(ok);

/** LATENCY LATEST */
export const latencyLatest: Meaning = constant(
  shapes.list("events", (reply) => reply._tag === "Array" && reply.items.length === 4),
);

/** LATENCY HISTORY event */
export const latencyHistory: Meaning = constant(
  shapes.list("samples", (reply) => reply._tag === "Array" && reply.items.length === 2),
);

const anyText: Reply = shapes.text("a report", () => true);

/** LATENCY GRAPH event */
export const latencyGraph: Meaning = (call) =>
  answer(call, oneOf([anyText, error(commandError("NoSamples", argument(call, 2)).text)]));

/** LATENCY DOCTOR, MEMORY DOCTOR, MEMORY MALLOC-STATS */
export const report: Meaning = constant(anyText);

/** LATENCY HISTOGRAM [command ...] */
export const latencyHistogram: Meaning = constant(
  shapes.table("histograms by command", (value) => shapes.pairsOf(value)?.length === 2),
);

/** MEMORY USAGE key [SAMPLES count] */
export const memoryUsage: Meaning = (call) =>
  Result.gen(function* () {
    for (let i = 3; i < call.args.length; i += 2) {
      const isOption = word(argument(call, i)) === "samples" && i + 1 < call.args.length;
      if (!isOption) return yield* fail("Syntax");
      if ((yield* integerArgument(argument(call, i + 1))) < 0n) return yield* fail("Syntax");
    }
    const key = argument(call, 2);
    if (lookup(call, key) !== undefined) return yield* answer(call, shapes.count);
    const lingers = call.state.lingering[session(call).database]?.has(key) ?? false;
    return yield* answer(call, lingers ? oneOf([nil, shapes.count]) : nil);
  });

/** MEMORY STATS */
export const memoryStats: Meaning = constant(
  shapes.table("measurements", (value) => {
    if (value._tag === "Integer" || value._tag === "Double" || value._tag === "Bulk") return true;
    return shapes.pairsOf(value) !== undefined;
  }),
);

const isFlushMode = (mode: Bytes | undefined): boolean =>
  mode === undefined || ["sync", "async"].includes(word(mode));

/** FUNCTION FLUSH [ASYNC | SYNC] */
export const functionFlush: Meaning = (call) => {
  if (call.args.length > 3) return fail("SubcommandSyntax", ...containerAndName(call));
  return isFlushMode(call.args[2]) ? answer(call, ok) : fail("FunctionFlushMode");
};

/** SCRIPT FLUSH [ASYNC | SYNC] */
export const scriptFlush: Meaning = (call) =>
  call.args.length <= 3 && isFlushMode(call.args[2]) ? answer(call, ok) : fail("ScriptFlushMode");
