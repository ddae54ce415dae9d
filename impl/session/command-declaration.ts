/**
 * The declaration of a command: the one place that says what it is called, takes, touches and does.
 *
 * Dispatch, arity errors, COMMAND and its documentation, key extraction, the rules of MULTI and
 * the command page of the docs are all derived from it. The shapes follow what Redis' COMMAND INFO
 * and COMMAND DOCS report (https://redis.io/docs/latest/commands/command-docs/).
 */

import type { Category } from "../access/categories.ts";
import type { Request } from "../resp/request.ts";

/** Command flags, by the names that COMMAND INFO prints. */
export type CommandFlag =
  | "write"
  | "readonly"
  | "denyoom"
  | "admin"
  | "pubsub"
  | "noscript"
  | "blocking"
  | "loading"
  | "stale"
  | "skip_monitor"
  | "skip_slowlog"
  | "asking"
  | "fast"
  | "no_auth"
  | "may_replicate"
  | "allow_busy"
  | "no_async_loading"
  | "no_multi"
  | "movablekeys"
  | "no_mandatory_keys";

/** ACL categories, named without the `@`. */
export type AclCategory = Category;

/** The chapters of Redis' manual, by the names that COMMAND DOCS prints. */
export type CommandGroup =
  | "bitmap"
  | "cluster"
  | "connection"
  | "generic"
  | "geo"
  | "hash"
  | "hyperloglog"
  | "list"
  | "pubsub"
  | "scripting"
  | "sentinel"
  | "server"
  | "set"
  | "sorted-set"
  | "stream"
  | "string"
  | "transactions";

/** How a command uses the keys of a key spec. */
export type KeyFlag =
  | "RW"
  | "RO"
  | "OW"
  | "RM"
  | "access"
  | "update"
  | "insert"
  | "delete"
  | "not_key"
  | "incomplete"
  | "variable_flags";

/** Where a command's keys are among its arguments. */
export interface KeySpec {
  readonly flags: readonly KeyFlag[];
  readonly notes?: string;
  /** Where the search begins: at argument `index`, or behind the word `keyword`. */
  readonly begin:
    | { readonly type: "index"; readonly index: number }
    | { readonly type: "keyword"; readonly keyword: string; readonly startFrom: number }
    | { readonly type: "unknown" };
  /** How many keys follow: a range with a step, or as many as an argument says. */
  readonly find:
    | {
        readonly type: "range";
        readonly lastKey: number;
        readonly keyStep: number;
        readonly limit: number;
      }
    | {
        readonly type: "keynum";
        readonly keyNumIndex: number;
        readonly firstKey: number;
        readonly keyStep: number;
      }
    | { readonly type: "unknown" };
}

/** A key of a request. */
export interface KeyReference {
  /** Its position among the arguments. */
  readonly position: number;
  readonly flags: readonly KeyFlag[];
}

/** One argument of a command's syntax, as COMMAND DOCS describes it. */
export interface Argument {
  readonly name: string;
  readonly type:
    | "string"
    | "integer"
    | "double"
    | "key"
    | "pattern"
    | "unix-time"
    | "pure-token"
    | "oneof"
    | "block";
  readonly keySpecIndex?: number;
  readonly token?: string;
  readonly displayText?: string;
  readonly summary?: string;
  readonly since?: string;
  readonly deprecatedSince?: string;
  readonly flags?: readonly ("optional" | "multiple" | "multiple_token")[];
  readonly arguments?: readonly Argument[];
}

/** The channels that a request names, from its first argument on. */
export interface ChannelUse {
  /** They are patterns of channels. */
  readonly arePatterns: boolean;
  /** What stands behind the first one is no channel. */
  readonly onlyFirst: boolean;
}

/** What is declared of a command, or of a subcommand of a container such as CONFIG. */
export interface CommandDeclaration {
  /** Lower case; a subcommand's own word (`get` for CONFIG GET). */
  readonly name: string;
  /** Exact number of arguments, name included; negative: at least that many. */
  readonly arity: number;
  readonly flags: readonly CommandFlag[];
  readonly keySpecs?: readonly KeySpec[];
  /** Categories beside those that follow from the flags (`@read`, `@write`, `@fast`, `@slow` …). */
  readonly acl: readonly AclCategory[];
  readonly tips?: readonly string[];
  /** The chapter of Redis' manual. It is for readers: no rule follows from it. */
  readonly group: CommandGroup;
  readonly since: string;
  readonly complexity?: string;
  readonly summary: string;
  readonly docFlags?: readonly ("deprecated" | "syscmd")[];
  readonly deprecatedSince?: string;
  readonly replacedBy?: string;
  /** Changes since: version and what changed. */
  readonly history?: readonly (readonly [version: string, change: string])[];
  readonly arguments?: readonly Argument[];
  /** For keys that the key specs cannot express. Returns argument positions, with how the keys are used where that is known, or null when the arguments are invalid. */
  readonly keys?: (request: Request) => readonly (number | KeyReference)[] | null;
  /** How this very request uses its keys, where the key specs say `variable_flags`. */
  readonly keyFlags?: (request: Request) => readonly KeyFlag[];
  /** Keys that a request uses though the key specs do not tell: users must be allowed to use them, too. */
  readonly untoldKeys?: (request: Request) => readonly KeyReference[];
  /** The channels to which it publishes or subscribes, which users must be allowed to use. */
  readonly channels?: ChannelUse;
  readonly subcommands?: readonly CommandDeclaration[];
  /** Runs the command; absent only in containers. `Command` says what it is given. */
  readonly handler?: (call: never) => void;
  /** What the script says of itself that a request would run; `Command` says more. */
  readonly scriptFlags?: (instance: never, request: never) => number | null;
  /**
   * True when the work is bounded by the request's own bytes, so that its duration may be measured
   * together with its neighbours' in a pipeline; or so in requests of few arguments only.
   */
  readonly constantTime?: boolean | { readonly mostArguments: number };
  /** Its reply says nothing about the data: it waits for nothing in the log. */
  readonly consultsNoData?: true;
  /** Runs at once inside MULTI, where others are queued. */
  readonly runsInMulti?: true;
  /**
   * Why this very request must not be queued by MULTI, though the command may; null when it may.
   * `isSilent`: the session has asked for no replies.
   */
  readonly queueingError?: (request: Request, isSilent: boolean) => string | null;
  /** May always run to its end in a transaction, whatever memory there is: it ends it. */
  readonly endsTransaction?: true;
  /** Runs the session's queue: it is judged by the commands in it. */
  readonly runsQueue?: true;
  /** Marks its keys as accessed even for a client that has said CLIENT NO-TOUCH. */
  readonly marksAccess?: true;
  /** Refused while the log cannot be written, though it writes nothing: it tells monitors. */
  readonly tellsHealth?: true;
  /** Nobody is notified when it asks for a key that is not there. */
  readonly hidesMisses?: true;
  /** Runs in RESP2's subscriber mode, in which others are refused. */
  readonly runsForSubscribers?: true;
  /** Runs only for those whom this directive lets: `yes`, `local` or `no`. */
  readonly guardedBy?: "enable-debug-command";
}

/** Keys that only the command itself can find. */
export function unknownKeys(flags: readonly KeyFlag[], notes?: string): KeySpec {
  const spec: KeySpec = { flags, begin: { type: "unknown" }, find: { type: "unknown" } };
  return notes === undefined ? spec : { ...spec, notes };
}

/** The key spec of one key at argument 1. */
export function oneKey(...flags: readonly KeyFlag[]): readonly KeySpec[] {
  return [keyRange(flags, 1, 0, 1)];
}

/** Keys from argument `index` to `lastKey` (relative; -1 is the last argument) in steps. */
export function keyRange(
  flags: readonly KeyFlag[],
  index: number,
  lastKey: number,
  keyStep: number,
): KeySpec {
  return {
    flags,
    begin: { type: "index", index },
    find: { type: "range", lastKey, keyStep, limit: 0 },
  };
}
