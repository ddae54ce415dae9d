import { type Argument, type Command, keyRange, oneKey } from "../../session/command.ts";
import { behind, flag, integer, KEY, KEYS, oneOf, optional, since } from "../shared/arguments.ts";
import { del, exists, touch, type } from "./basic.ts";
import {
  expire,
  expireat,
  expiretime,
  persist,
  pexpire,
  pexpireat,
  pexpiretime,
  pttl,
  ttl,
} from "./expiry.ts";
import { copy, move, rename, renamenx } from "./move.ts";
import {
  objectEncoding,
  objectFreq,
  objectHelp,
  objectIdletime,
  objectRefcount,
} from "./object.ts";
import { keys as keysHandler, randomkey, scan } from "./scan.ts";

const KEYSPACE = { acl: ["keyspace"], group: "generic" } as const;

/** What the commands that take several keys and count have in common. */
const COUNTING = {
  ...KEYSPACE,
  arity: -2,
  tips: ["request_policy:multi_shard", "response_policy:agg_sum"],
  complexity: "O(N) in the number of keys",
  arguments: [KEYS],
  constantTime: true,
} as const;

/** What the commands that set an expiry have in common. */
const EXPIRING = {
  ...KEYSPACE,
  arity: -3,
  flags: ["write", "fast"],
  keySpecs: oneKey("RW", "update"),
  complexity: "O(1)",
  history: [["7.0.0", "The conditions `NX`, `XX`, `GT` and `LT` are new."]],
  constantTime: true,
} as const;

const CONDITION: Argument = since(
  "7.0.0",
  optional(oneOf("condition", flag("nx"), flag("xx"), flag("gt"), flag("lt"))),
);

/** What the commands that read an expiry have in common. */
const READING = {
  ...KEYSPACE,
  arity: 2,
  flags: ["readonly", "fast"],
  keySpecs: oneKey("RO", "access"),
  complexity: "O(1)",
  arguments: [KEY],
  constantTime: true,
} as const;

/** TTL and PTTL: the reply depends on the time. */
const TIME_LEFT = {
  ...READING,
  tips: ["nondeterministic_output"],
  history: [["2.8.0", "A key that is absent is told from one that does not expire: -2."]],
} as const;

/** What RENAME and RENAMENX have in common. */
const RENAMING = {
  ...KEYSPACE,
  arity: 3,
  complexity: "O(N) in the bytes of the value",
  arguments: [KEY, { name: "newkey", type: "key", keySpecIndex: 1 }],
} as const;

/** What OBJECT's subcommands have in common. */
const INSPECTING = {
  ...KEYSPACE,
  arity: 3,
  flags: ["readonly"],
  keySpecs: [keyRange(["RO"], 2, 0, 1)],
  tips: ["nondeterministic_output"],
  complexity: "O(1)",
  arguments: [KEY],
} as const;

/** Keys, whatever they hold: https://redis.io/docs/latest/develop/use/keyspace/ */
export const keys: readonly Command[] = [
  {
    ...KEYSPACE,
    name: "copy",
    arity: -3,
    flags: ["write", "denyoom"],
    keySpecs: [keyRange(["RO", "access"], 1, 0, 1), keyRange(["OW", "update"], 2, 0, 1)],
    since: "6.2.0",
    complexity: "O(N) in the size of the value",
    summary: "Copies a value and its expiry to another key",
    arguments: [
      { name: "source", type: "key", keySpecIndex: 0 },
      { name: "destination", type: "key", keySpecIndex: 1 },
      optional(behind("DB", integer("destination-db"))),
      optional(flag("replace")),
    ],
    handler: copy,
  },
  {
    ...COUNTING,
    name: "del",
    flags: ["write"],
    keySpecs: [keyRange(["RM", "delete"], 1, -1, 1)],
    since: "1.0.0",
    summary: "Removes keys",
    handler: del,
  },
  {
    ...COUNTING,
    name: "exists",
    flags: ["readonly", "fast"],
    keySpecs: [keyRange(["RO"], 1, -1, 1)],
    since: "1.0.0",
    summary: "Counts how many of the keys are there",
    history: [["3.0.3", "Takes more than one key."]],
    handler: exists,
  },
  {
    ...EXPIRING,
    name: "expire",
    since: "1.0.0",
    summary: "Lets a key expire after some seconds",
    arguments: [KEY, integer("seconds"), CONDITION],
    handler: expire,
  },
  {
    ...EXPIRING,
    name: "expireat",
    since: "1.2.0",
    summary: "Lets a key expire at a second of Unix time",
    arguments: [KEY, { name: "unix-time-seconds", type: "unix-time" }, CONDITION],
    handler: expireat,
  },
  {
    ...READING,
    name: "expiretime",
    since: "7.0.0",
    summary: "Tells the second of Unix time at which a key expires",
    handler: expiretime,
  },
  {
    ...KEYSPACE,
    name: "keys",
    arity: 2,
    flags: ["readonly"],
    acl: ["keyspace", "dangerous"],
    tips: ["request_policy:all_shards", "nondeterministic_output_order"],
    since: "1.0.0",
    complexity: "O(N) in the number of keys of the database",
    summary: "Lists every key that matches a pattern",
    arguments: [{ name: "pattern", type: "pattern" }],
    handler: keysHandler,
  },
  {
    ...KEYSPACE,
    name: "move",
    arity: 3,
    flags: ["write", "fast"],
    keySpecs: oneKey("RW", "access", "update"),
    since: "1.0.0",
    complexity: "O(N) in the bytes of the value",
    summary: "Moves a key to another database",
    arguments: [KEY, integer("db")],
    handler: move,
  },
  {
    ...KEYSPACE,
    name: "object",
    arity: -2,
    flags: [],
    acl: [],
    since: "2.2.3",
    complexity: "That of the subcommand",
    summary: "Shows how a value is held and used",
    subcommands: [
      {
        ...INSPECTING,
        name: "encoding",
        since: "2.2.3",
        summary: "Tells how a value is encoded",
        handler: objectEncoding,
      },
      {
        ...INSPECTING,
        name: "freq",
        since: "4.0.0",
        summary: "Tells how often a key is accessed, on a logarithmic scale",
        handler: objectFreq,
      },
      {
        ...KEYSPACE,
        name: "help",
        arity: 2,
        flags: ["loading", "stale"],
        since: "6.2.0",
        complexity: "O(1)",
        summary: "Lists the subcommands",
        handler: objectHelp,
      },
      {
        ...INSPECTING,
        name: "idletime",
        since: "2.2.3",
        summary: "Tells for how many seconds nobody has accessed a key",
        handler: objectIdletime,
      },
      {
        ...INSPECTING,
        name: "refcount",
        since: "2.2.3",
        summary: "Tells how many references a value has",
        handler: objectRefcount,
      },
    ],
  },
  {
    ...KEYSPACE,
    name: "persist",
    arity: 2,
    flags: ["write", "fast"],
    keySpecs: oneKey("RW", "update"),
    since: "2.2.0",
    complexity: "O(1)",
    summary: "Takes the expiry of a key away",
    arguments: [KEY],
    constantTime: true,
    handler: persist,
  },
  {
    ...EXPIRING,
    name: "pexpire",
    since: "2.6.0",
    summary: "Lets a key expire after some milliseconds",
    arguments: [KEY, integer("milliseconds"), CONDITION],
    handler: pexpire,
  },
  {
    ...EXPIRING,
    name: "pexpireat",
    since: "2.6.0",
    summary: "Lets a key expire at a millisecond of Unix time",
    arguments: [KEY, { name: "unix-time-milliseconds", type: "unix-time" }, CONDITION],
    handler: pexpireat,
  },
  {
    ...READING,
    name: "pexpiretime",
    since: "7.0.0",
    summary: "Tells the millisecond of Unix time at which a key expires",
    handler: pexpiretime,
  },
  {
    ...TIME_LEFT,
    name: "pttl",
    since: "2.6.0",
    summary: "Tells how many milliseconds a key has left",
    handler: pttl,
  },
  {
    ...KEYSPACE,
    name: "randomkey",
    arity: 1,
    flags: ["readonly"],
    tips: ["request_policy:all_shards", "nondeterministic_output"],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Names any key of the database",
    handler: randomkey,
  },
  {
    ...RENAMING,
    name: "rename",
    flags: ["write"],
    keySpecs: [keyRange(["RW", "access", "delete"], 1, 0, 1), keyRange(["OW", "update"], 2, 0, 1)],
    since: "1.0.0",
    summary: "Gives a value another key",
    handler: rename,
  },
  {
    ...RENAMING,
    name: "renamenx",
    flags: ["write", "fast"],
    keySpecs: [keyRange(["RW", "access", "delete"], 1, 0, 1), keyRange(["OW", "insert"], 2, 0, 1)],
    since: "1.0.0",
    summary: "Gives a value another key unless that one exists",
    history: [["3.2.0", "A new name that is the old one is no error any more."]],
    handler: renamenx,
  },
  {
    ...KEYSPACE,
    name: "scan",
    arity: -2,
    flags: ["readonly"],
    tips: ["nondeterministic_output", "request_policy:special"],
    since: "2.8.0",
    complexity: "O(1) for each call, O(N) for all keys of the database",
    summary: "Lists keys step by step",
    history: [["6.0.0", "`TYPE` is new."]],
    arguments: [
      integer("cursor"),
      optional(behind("MATCH", { name: "pattern", type: "pattern" })),
      optional(behind("COUNT", integer("count"))),
      since("6.0.0", optional(behind("TYPE", { name: "type", type: "string" }))),
    ],
    handler: scan,
  },
  {
    ...COUNTING,
    name: "touch",
    flags: ["readonly", "fast"],
    keySpecs: [keyRange(["RO"], 1, -1, 1)],
    since: "3.2.1",
    summary: "Marks keys as accessed and counts those that are there",
    handler: touch,
  },
  {
    ...TIME_LEFT,
    name: "ttl",
    since: "1.0.0",
    summary: "Tells how many seconds a key has left",
    handler: ttl,
  },
  {
    ...KEYSPACE,
    name: "type",
    arity: 2,
    flags: ["readonly", "fast"],
    keySpecs: oneKey("RO"),
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Names the type of a value",
    arguments: [KEY],
    constantTime: true,
    handler: type,
  },
  {
    ...COUNTING,
    name: "unlink",
    flags: ["write", "fast"],
    keySpecs: [keyRange(["RM", "delete"], 1, -1, 1)],
    since: "4.0.0",
    summary: "Removes keys; their memory may be reclaimed later",
    handler: del,
  },
];
