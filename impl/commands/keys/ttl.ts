import type { Integer64 } from "../../engine/integers.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { oneKey } from "../../session/command-declaration.ts";
import { KEY } from "../shared/arguments.ts";
import { KEYSPACE } from "./facts.ts";

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

/** TTL: seconds left, rounded. */
export const TTL: Command = {
  ...TIME_LEFT,
  name: "ttl",
  since: "1.0.0",
  summary: "Tells how many seconds a key has left",
  handler: ttl,
};

function ttl(call: Call): void {
  replyExpiry(call, call.nowMs, true);
}

/** PTTL: milliseconds left. */
export const PTTL: Command = {
  ...TIME_LEFT,
  name: "pttl",
  since: "2.6.0",
  summary: "Tells how many milliseconds a key has left",
  handler: pttl,
};

function pttl(call: Call): void {
  replyExpiry(call, call.nowMs, false);
}

/** EXPIRETIME: the second at which a key expires, rounded. */
export const EXPIRETIME: Command = {
  ...READING,
  name: "expiretime",
  since: "7.0.0",
  summary: "Tells the second of Unix time at which a key expires",
  handler: expiretime,
};

function expiretime(call: Call): void {
  replyExpiry(call, 0, true);
}

/** PEXPIRETIME: the millisecond at which a key expires. */
export const PEXPIRETIME: Command = {
  ...READING,
  name: "pexpiretime",
  since: "7.0.0",
  summary: "Tells the millisecond of Unix time at which a key expires",
  handler: pexpiretime,
};

function pexpiretime(call: Call): void {
  replyExpiry(call, 0, false);
}

/** Replies -2 without the key, -1 without an expiry, else the time from `fromMs` to it. */
function replyExpiry(call: Call, fromMs: number, inSeconds: boolean): void {
  const { keyspace, reply } = call;
  const ref = call.lookupRead(1, false);
  if (ref === 0) {
    reply.integer(-2);
    return;
  }
  if (!keyspace.hasExpiry(ref)) {
    reply.integer(-1);
    return;
  }
  const atMs = keyspace.expiryMs(ref);
  const ms = typeof atMs === "number" ? Math.max(0, atMs - fromMs) : atMs - BigInt(fromMs);
  reply.integer(inSeconds ? roundedSeconds(ms) : ms);
}

/** To the nearest second. */
function roundedSeconds(ms: Integer64): Integer64 {
  return typeof ms === "number" ? Math.floor((ms + 500) / 1000) : (ms + 500n) / 1000n;
}
