/** Misunderstandings of Redis to plant in the model: the oracle must find each of them. */

/** One edit of the model. */
export interface ModelMutant {
  /** The file in `model/keyspace/`. */
  readonly file: string;
  /** Occurs once in the file. */
  readonly find: string;
  readonly replace: string;
  /** What the edited model gets wrong. */
  readonly breaks: string;
}

/** Every misunderstanding. */
export const modelMutants: ReadonlyArray<ModelMutant> = [
  {
    file: "strings.ts",
    find: "const EMBSTR_LIMIT_BYTES = 44;",
    replace: "const EMBSTR_LIMIT_BYTES = 45;",
    breaks: "a value of 45 bytes is embstr",
  },
  {
    file: "strings.ts",
    find: 'options.ttl === "keepttl"',
    replace: 'options.ttl === "persist"',
    breaks: "SET KEEPTTL forgets the expiry",
  },
  {
    file: "strings.ts",
    find: '(options.condition === "xx") === Boolean(before)',
    replace: 'options.condition === "nx" || Boolean(before)',
    breaks: "SET NX overwrites",
  },
  {
    file: "strings.ts",
    find: 'put(call, key, { ...entry, value, encoding: "raw" })',
    replace: "put(call, key, { ...entry, value, encoding: unparsed(value) })",
    breaks: "APPEND leaves a short string embstr",
  },
  {
    file: "strings.ts",
    find: "if (start < 0n && end < 0n && start > end)",
    replace: "if (start < 0n && end < 0n && start > end && end > -9n)",
    breaks: "GETRANGE answers the first byte when both ends lie before the string",
  },
  {
    file: "strings.ts",
    find: '    if (patch === "") return yield* answer(call, integer(before.length));\n',
    replace: "",
    breaks: "SETRANGE with an empty value pads or makes the key",
  },
  {
    file: "strings.ts",
    find: 'by === INT64_MIN ? fail("DecrementOverflow")',
    replace: 'by < INT64_MIN ? fail("DecrementOverflow")',
    breaks: "DECRBY -2^63 has the other error",
  },
  {
    file: "strings.ts",
    find: "pairs(call).some(",
    replace: "pairs(call).every(",
    breaks: "MSETNX refuses only when all of the keys exist",
  },
  {
    file: "strings.ts",
    find: "compact(sum.toString(), entry?.expireAtMs ?? null)",
    replace: "compact(sum.toString())",
    breaks: "INCR forgets the expiry",
  },
  {
    file: "keys.ts",
    find: "if (from === to ||",
    replace: "if (",
    breaks: "RENAME of a key to itself counts as a change for WATCH",
  },
  {
    file: "keys.ts",
    find: "store(call.state, options.target, to, entry), one)",
    replace: "store(call.state, options.target, to, { ...entry, expireAtMs: null }), one)",
    breaks: "COPY forgets the expiry",
  },
  {
    file: "keys.ts",
    find: "index >= 0 && index < state.databases.length",
    replace: "index >= -1 && index < state.databases.length",
    breaks: "there is a database -1",
  },
  {
    file: "state.ts",
    find: "touch(emptied, index, (watched) => before.has(watched))",
    replace: "touch(emptied, index, () => true)",
    breaks: "FLUSHALL changes watched keys that did not exist",
  },
  {
    file: "state.ts",
    find: "return touch(touch(exchanged, first, inEither), second, inEither);",
    replace: "return touch(exchanged, first, inEither);",
    breaks: "SWAPDB changes the watched keys of one side only",
  },
  {
    file: "state.ts",
    find: "nowMs > entry.expireAtMs",
    replace: "nowMs >= entry.expireAtMs",
    breaks: "a key dies a millisecond early",
  },
  {
    file: "state.ts",
    find: "dirty: true, watched: []",
    replace: "dirty: session.queue === null, watched: []",
    breaks: "a change after MULTI does not stop EXEC",
  },
  {
    file: "expiry.ts",
    find: "(ms + 500n) / 1000n",
    replace: "ms / 1000n",
    breaks: "TTL rounds down",
  },
  {
    file: "expiry.ts",
    find: "wantedMs <= currentMs",
    replace: "wantedMs < currentMs",
    breaks: "EXPIRE GT takes an equal time",
  },
  {
    file: "expiry.ts",
    find: 'conditions.has("gt") && (currentMs === null ||',
    replace: 'conditions.has("gt") && (currentMs !== null &&',
    breaks: "EXPIRE GT takes a key that never dies",
  },
  {
    file: "transactions.ts",
    find: "update(call, { watched: [], dirty: false })",
    replace: "update(call, { watched: [] })",
    breaks: "UNWATCH keeps the mark of a changed key",
  },
  {
    file: "transactions.ts",
    find: '  if (queue !== null) return fail("WatchInsideMulti");\n',
    replace: "",
    breaks: "WATCH works inside MULTI",
  },
  {
    file: "glob.ts",
    find: "byte < 128 ? byte : byte - 256",
    replace: "byte",
    breaks: "a pattern's ranges compare unsigned bytes",
  },
  {
    file: "scan.ts",
    find: "< 1n) return",
    replace: "< 0n) return",
    breaks: "SCAN takes COUNT 0",
  },
  {
    file: "longdouble.ts",
    find: "twiceRest === one && quotient % 2n === 1n",
    replace: "twiceRest === one",
    breaks: "INCRBYFLOAT rounds ties away from even",
  },
  {
    file: "longdouble.ts",
    find: "const MANTISSA_BITS = 64;",
    replace: "const MANTISSA_BITS = 53;",
    breaks: "INCRBYFLOAT computes with doubles",
  },
  {
    file: "lcs.ts",
    find: "(table[i - 1]?.[j] as number) > (table",
    replace: "(table[i - 1]?.[j] as number) >= (table",
    breaks: "LCS takes the other way at a tie",
  },
  {
    file: "numbers.ts",
    find: "(?:0|-?[1-9][0-9]{0,18})",
    replace: "(?:-?0|-?[1-9][0-9]{0,18})",
    breaks: "-0 is an integer",
  },
  {
    file: "errors.ts",
    find: "ERR no such key",
    replace: "ERR No such key",
    breaks: "an error text is in another case",
  },
  {
    file: "object.ts",
    find: "counts.push(SHARED);",
    replace: "counts.push(one);",
    breaks: "small integers are not shared",
  },
  {
    file: "connection.ts",
    find: 'replies: replies === "skip" ? "skip" : "on",',
    replace: "replies,",
    breaks: "RESET keeps CLIENT REPLY OFF",
  },
  {
    file: "connection.ts",
    find: "    database: 0,\n    protocol: 2,",
    replace: "    database: session(call).database,\n    protocol: 2,",
    breaks: "RESET keeps the database",
  },
  {
    file: "reply.ts",
    find: 'return protocol === 2 ? "*-1\\r\\n" : "_\\r\\n";',
    replace: 'return "*-1\\r\\n";',
    breaks: "a refused EXEC answers RESP2's null array in RESP3",
  },
  {
    file: "client.ts",
    find: 'session(call).replies === "off"',
    replace: 'session(call).replies === "on"',
    breaks: "CLIENT REPLY SKIP does nothing",
  },
  {
    file: "client.ts",
    find: "if (filter.id !== undefined && filter.id !== BigInt(id)) return false;\n",
    replace: "",
    breaks: "CLIENT KILL ID kills everyone",
  },
];
