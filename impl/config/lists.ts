/** The kinds of directives that hold several values or have a syntax of their own. */
import type { Kind, Parsed } from "./directive.ts";
import { oneLine } from "./kinds.ts";
import {
  cString,
  formatDouble,
  formatMemory,
  parseDouble,
  parseLoose,
  parseMemoryBytes,
} from "./numbers.ts";
import { quote } from "./quoting.ts";

/** Redis keeps at most this many addresses. */
const MAX_BIND_ADDRESSES = 16;

/** One condition for a snapshot: `changes` writes within `seconds`. */
export interface SaveRule {
  readonly seconds: bigint;
  readonly changes: number;
}

/**
 * `save`: conditions for snapshots. In a configuration file each line adds conditions, the first
 * line in place of the defaults; `""` removes all.
 */
export function save(
  fallback: readonly SaveRule[],
): Kind<readonly SaveRule[], readonly SaveRule[]> {
  const format = (rules: readonly SaveRule[]) =>
    rules.map((rule) => `${rule.seconds} ${rule.changes}`).join(" ");
  return {
    type: 'pairs of seconds and changes, or `""` for none',
    fallback,
    multiArg: true,
    parse: (args, current, append) => {
      const clears = args.length === 1 && args[0] === "";
      const rules = parseSaveRules(clears ? [] : args);
      if (rules === null) return { refusal: "Invalid save parameters" };
      return { value: append && !clears ? [...current, ...rules] : rules };
    },
    format,
    publish: (value) => value,
    same: (a, b) => format(a) === format(b),
    rewrite: (name, rules) => {
      if (rules.length === 0) return oneLine(`${name} ""`, true);
      return rules.map((rule) => ({ text: `${name} ${format([rule])}`, force: true }));
    },
  };
}

function parseSaveRules(args: readonly string[]): SaveRule[] | null {
  if (args.length % 2 !== 0) return null;
  const rules: SaveRule[] = [];
  for (let i = 0; i < args.length; i += 2) {
    const seconds = parseLoose(cString(args[i]!));
    const changes = parseLoose(cString(args[i + 1]!));
    if (seconds === null || seconds < 1n || changes === null || changes < 0n) return null;
    rules.push({ seconds, changes: Number(BigInt.asIntN(32, changes)) });
  }
  return rules;
}

/** The classes of clients that have limits of their own, in Redis' order. */
const CLIENT_CLASSES = ["normal", "replica", "pubsub"] as const;
type ClientClass = (typeof CLIENT_CLASSES)[number];

export interface StoredLimit {
  readonly hard: bigint;
  readonly soft: bigint;
  readonly seconds: number;
}

/** When a client that does not read its replies is disconnected. Zero means never. */
export interface OutputLimit {
  /** At once, when this many bytes wait. */
  readonly hardBytes: number;
  /** When this many bytes wait for longer than `softS`. */
  readonly softBytes: number;
  readonly softS: number;
}

type Limits<L> = Readonly<Record<ClientClass, L>>;

/** `client-output-buffer-limit`: a limit per class of clients; classes not named keep theirs. */
export function outputLimits(
  fallback: Limits<OutputLimit>,
): Kind<Limits<StoredLimit>, Limits<OutputLimit>> {
  const stored = eachClass(fallback, (limit) => ({
    hard: BigInt(limit.hardBytes),
    soft: BigInt(limit.softBytes),
    seconds: limit.softS,
  }));
  const format = (limits: Limits<StoredLimit>) =>
    CLIENT_CLASSES.map((name) => {
      const { hard, soft, seconds } = limits[name];
      return `${name === "replica" ? "slave" : name} ${hard} ${soft} ${seconds}`;
    }).join(" ");
  return {
    type: "class (`normal`, `replica`, `pubsub`), hard limit, soft limit, soft seconds; repeated",
    fallback: stored,
    multiArg: true,
    parse: parseOutputLimits,
    format,
    publish: (limits) =>
      eachClass(limits, ({ hard, soft, seconds }) => ({
        hardBytes: Number(hard),
        softBytes: Number(soft),
        softS: seconds,
      })),
    same: (a, b) => format(a) === format(b),
    rewrite: (name, limits) =>
      CLIENT_CLASSES.map((client) => ({
        text: `${name} ${client} ${rewriteLimit(limits[client])}`,
        force: rewriteLimit(limits[client]) !== rewriteLimit(stored[client]),
      })),
  };
}

function eachClass<A, B>(limits: Limits<A>, convert: (limit: A) => B): Limits<B> {
  return {
    normal: convert(limits.normal),
    replica: convert(limits.replica),
    pubsub: convert(limits.pubsub),
  };
}

function rewriteLimit({ hard, soft, seconds }: StoredLimit): string {
  const memory = [hard, soft].map((bytes) => formatMemory(BigInt.asIntN(64, bytes)));
  return `${memory[0]} ${memory[1]} ${seconds}`;
}

function parseOutputLimits(
  args: readonly string[],
  current: Limits<StoredLimit>,
): Parsed<Limits<StoredLimit>> {
  if (args.length % 4 !== 0) {
    return { refusal: "Wrong number of arguments in buffer limit configuration." };
  }
  const limits: Record<ClientClass, StoredLimit> = { ...current };
  for (let i = 0; i < args.length; i += 4) {
    const word = cString(args[i]!).toLowerCase();
    const client = CLIENT_CLASSES.find((name) => name === (word === "slave" ? "replica" : word));
    if (client === undefined) {
      return { refusal: "Invalid client class specified in buffer limit configuration." };
    }
    const limit = parseLimit(args[i + 1]!, args[i + 2]!, args[i + 3]!);
    if (limit === null) {
      return {
        refusal: "Error in hard, soft or soft_seconds setting in buffer limit configuration.",
      };
    }
    limits[client] = limit;
  }
  return { value: limits };
}

function parseLimit(hardText: string, softText: string, secondsText: string): StoredLimit | null {
  const hard = parseMemoryBytes(hardText);
  const soft = parseMemoryBytes(softText);
  const exact = parseLoose(cString(secondsText));
  if (hard === null || soft === null || exact === null) return null;
  const seconds = Number(BigInt.asIntN(32, exact));
  return seconds < 0 ? null : { hard, soft, seconds };
}

/** `oom-score-adj-values`: three numbers, for the primary, a replica and background children. */
export function oomScores(
  fallback: readonly [number, number, number],
): Kind<readonly number[], readonly number[]> {
  const format = (values: readonly number[]) => values.join(" ");
  return {
    type: "three integers, -2000 to 2000",
    fallback,
    multiArg: true,
    parse: (args) => {
      if (args.length !== fallback.length) return { refusal: "wrong number of arguments" };
      const values = args.map((arg) => parseLoose(cString(arg)));
      if (values.some((value) => value === null || value < -2000n || value > 2000n)) {
        return {
          refusal: "Invalid oom-score-adj-values, elements must be between -2000 and 2000.",
        };
      }
      return { value: values.map(Number) };
    },
    format,
    publish: (values) => values,
    same: (a, b) => format(a) === format(b),
    rewrite: (name, values) =>
      oneLine(`${name} ${format(values)}`, format(values) !== format(fallback)),
  };
}

/** `bind`: up to 16 addresses; a leading `-` marks one that may be unavailable. */
export function addresses(fallback: readonly string[]): Kind<readonly string[], readonly string[]> {
  const format = (values: readonly string[]) => values.join(" ");
  return {
    type: "up to 16 addresses",
    fallback,
    multiArg: true,
    parse: (args) => {
      if (args.length > MAX_BIND_ADDRESSES)
        return { refusal: "Too many bind addresses specified." };
      return { value: args.length === 1 && args[0] === "" ? [] : args.map(cString) };
    },
    format,
    publish: (values) => values,
    same: (a, b) => format(a) === format(b),
    rewrite: (name, values) => {
      if (format(values) === format(fallback) && values.length === fallback.length) return [];
      return oneLine(`${name} ${values.length === 0 ? '""' : format(values)}`, true);
    },
  };
}

/** The server that this one replicates. */
export interface Primary {
  readonly host: string;
  readonly port: number;
}

/** `replicaof`: host and port, or `no one`. */
export function replicaOf(): Kind<Primary | null, Primary | null> {
  const format = (primary: Primary | null) =>
    primary === null ? "" : `${primary.host} ${primary.port}`;
  return {
    type: "host and port, or `no one`",
    fallback: null,
    multiArg: true,
    parse: (args) => {
      if (args.length !== 2) return { refusal: "wrong number of arguments" };
      const [host, portText] = [cString(args[0]!), cString(args[1]!)];
      if (host.toLowerCase() === "no" && portText.toLowerCase() === "one") return { value: null };
      const port = parseLoose(portText);
      if (port === null || port < 0n || port > 65535n) return { refusal: "Invalid master port" };
      return { value: { host, port: Number(port) } };
    },
    format,
    publish: (primary) => primary,
    same: (a, b) => format(a) === format(b),
    rewrite: (name, primary) =>
      primary === null ? [] : oneLine(`${name} ${format(primary)}`, true),
  };
}

/** `latency-tracking-info-percentiles`: numbers from 0 to 100. */
export function percentiles(
  fallback: readonly number[],
): Kind<readonly number[], readonly number[]> {
  const format = (values: readonly number[]) => values.map(formatDouble).join(" ");
  return {
    type: 'numbers, 0 to 100, or `""` for none',
    fallback,
    multiArg: true,
    parse: (args) => parsePercentiles(args.length === 1 && args[0] === "" ? [] : args),
    format,
    publish: (values) => values,
    same: (a, b) => format(a) === format(b),
    rewrite: (name, values) =>
      oneLine(`${name} ${values.length === 0 ? '""' : format(values)}`, true),
  };
}

function parsePercentiles(args: readonly string[]): Parsed<readonly number[]> {
  const values: number[] = [];
  for (const arg of args) {
    const value = parseDouble(arg);
    if (value === null) {
      return { refusal: "Invalid latency-tracking-info-percentiles parameters" };
    }
    if (value > 100 || value < 0) {
      return {
        refusal: "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]",
      };
    }
    values.push(value);
  }
  return { value: values };
}

/** `dir`: a directory. Entering it is the server's; its outcome is the stored value. */
export function directory(): Kind<string, string> {
  return {
    type: "directory",
    fallback: "",
    multiArg: false,
    parse: (args) => ({ value: cString(args[0]!) }),
    format: (value) => value,
    publish: (value) => value,
    same: (a, b) => a === b,
    rewrite: (name, value) => oneLine(`${name} ${quote(value)}`, true),
  };
}
