/** Client-side caching: what a connection may keep in a cache, and how it is told of changes. */
import { assert, CHECKED } from "../../assert.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { ERR } from "../../session/errors.ts";
import type { SessionTracking, TrackingOptions } from "../../session/session-tracking.ts";
import { flag } from "../shared/arguments.ts";
import { integerArgument } from "../shared/numbers.ts";
import { COMMON, FLAGS } from "./client-facts.ts";

/** What stays in the way of a change of mode, in Redis' words. */
const MODES = {
  prefixAlone: "ERR PREFIX option requires BCAST mode to be enabled",
  broadcastSwitched:
    "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode.",
  broadcastChoosing: "ERR OPTIN and OPTOUT are not compatible with BCAST",
  bothChoosing: "ERR You can't specify both OPTIN mode and OPTOUT mode",
  choosingSwitched:
    "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a different mode.",
  noTracking:
    "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled",
  notOptIn: "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.",
  notOptOut: "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.",
} as const;

/** CLIENT TRACKING: whether and how the connection is told of changes. */
export const CLIENT_TRACKING: Command = {
  ...COMMON,
  name: "tracking",
  arity: -3,
  flags: FLAGS,
  since: "6.0.0",
  complexity: "O(1), and O(N) in the number of prefixes",
  summary: "Tells this connection when keys change that it may have in a cache",
  arguments: [
    { name: "status", type: "oneof", arguments: [flag("on"), flag("off")] },
    { name: "client-id", type: "integer", token: "REDIRECT", flags: ["optional"] },
    {
      name: "prefix",
      type: "string",
      token: "PREFIX",
      flags: ["optional", "multiple", "multiple_token"],
    },
    { ...flag("bcast"), flags: ["optional"] },
    { ...flag("optin"), flags: ["optional"] },
    { ...flag("optout"), flags: ["optional"] },
    { ...flag("noloop"), flags: ["optional"] },
  ],
  handler: clientTracking,
};

/** What CLIENT TRACKING asks for, while it is read. */
type Wish = { -readonly [Option in keyof TrackingOptions]: TrackingOptions[Option] } & {
  /** Each as often as it was given, one character per byte. */
  readonly prefixes: string[];
};

function clientTracking(call: Call): void {
  const { instance, session, request, reply } = call;
  const wish = wishArguments(call);
  if (wish === null) return;
  if (request.is(2, "off")) {
    instance.tracking.disable(session);
  } else if (request.is(2, "on")) {
    const refusal = refusalOf(wish, session.tracking);
    if (refusal !== null) {
      reply.error(refusal);
      return;
    }
    const all = wish.isBroadcast && wish.prefixes.length === 0;
    instance.tracking.enable(session, wish, all ? [""] : wish.prefixes);
    if (CHECKED) assert(session.tracking !== null, "a cache that is looked after");
  } else {
    reply.error(ERR.syntax);
    return;
  }
  reply.ok();
}

/** The options from argument 3 on; null, with the error replied, when one is wrong. */
function wishArguments(call: Call): Wish | null {
  const { instance, request, reply } = call;
  const wish: Wish = {
    redirection: 0,
    isBroadcast: false,
    isOptIn: false,
    isOptOut: false,
    isNoLoop: false,
    prefixes: [],
  };
  for (let i = 3; i < request.argc; i++) {
    const hasMore = i + 1 < request.argc;
    if (request.is(i, "redirect") && hasMore) {
      if (wish.redirection !== 0) {
        reply.error("ERR A client can only redirect to a single other client");
        return null;
      }
      const id = integerArgument(call, ++i);
      if (id === null) return null;
      if (!instance.clients.sessions.has(Number(id))) {
        reply.error("ERR The client ID you want redirect to does not exist");
        return null;
      }
      wish.redirection = Number(id);
    } else if (request.is(i, "prefix") && hasMore) wish.prefixes.push(request.text(++i));
    else if (request.is(i, "bcast")) wish.isBroadcast = true;
    else if (request.is(i, "optin")) wish.isOptIn = true;
    else if (request.is(i, "optout")) wish.isOptOut = true;
    else if (request.is(i, "noloop")) wish.isNoLoop = true;
    else {
      reply.error(ERR.syntax);
      return null;
    }
  }
  return wish;
}

/** Why the options do not go together, or not with what is in force; null when they do. */
function refusalOf(wish: Wish, present: SessionTracking | null): string | null {
  const { isBroadcast, isOptIn, isOptOut, prefixes } = wish;
  if (!isBroadcast && prefixes.length > 0) return MODES.prefixAlone;
  if (present !== null && present.isBroadcast !== isBroadcast) return MODES.broadcastSwitched;
  if (isBroadcast && (isOptIn || isOptOut)) return MODES.broadcastChoosing;
  if (isOptIn && isOptOut) return MODES.bothChoosing;
  if (present !== null && ((isOptIn && present.isOptOut) || (isOptOut && present.isOptIn)))
    return MODES.choosingSwitched;
  return isBroadcast ? overlapOf(prefixes, present) : null;
}

/** The error of the first two prefixes that a key could have both of. */
function overlapOf(prefixes: readonly string[], present: SessionTracking | null): string | null {
  for (const [i, prefix] of prefixes.entries()) {
    for (const existing of [...(present?.prefixes ?? [])].sort()) {
      if (overlap(existing, prefix)) return collision(prefix, "an existing prefix", existing);
    }
    for (const other of prefixes.slice(i + 1)) {
      if (overlap(prefix, other)) return collision(prefix, "another provided prefix", other);
    }
  }
  return null;
}

function overlap(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a);
}

function collision(prefix: string, which: string, other: string): string {
  return `ERR Prefix '${cText(prefix)}' overlaps with ${which} '${cText(other)}'. Prefixes for a single client must not overlap.`;
}

/** A text as C prints it: up to its first zero byte. */
function cText(text: string): string {
  const end = text.indexOf("\0");
  return end < 0 ? text : text.slice(0, end);
}

/** CLIENT CACHING: with OPTIN or OPTOUT, whether what is read next is tracked. */
export const CLIENT_CACHING: Command = {
  ...COMMON,
  name: "caching",
  arity: 3,
  flags: FLAGS,
  since: "6.0.0",
  complexity: "O(1)",
  summary: "Says whether to track what the next command or transaction reads",
  arguments: [{ name: "mode", type: "oneof", arguments: [flag("yes"), flag("no")] }],
  handler: clientCaching,
};

function clientCaching(call: Call): void {
  const { session, request, reply } = call;
  const { tracking } = session;
  if (tracking === null) {
    reply.error(MODES.noTracking);
    return;
  }
  const isYes = request.is(2, "yes");
  if (!isYes && !request.is(2, "no")) {
    reply.error(ERR.syntax);
  } else if (!(isYes ? tracking.isOptIn : tracking.isOptOut)) {
    reply.error(isYes ? MODES.notOptIn : MODES.notOptOut);
  } else {
    tracking.isCaching = true;
    reply.ok();
  }
}

/** CLIENT GETREDIR: who is told in this connection's place; 0 for itself, -1 without tracking. */
export const CLIENT_GETREDIR: Command = {
  ...COMMON,
  name: "getredir",
  arity: 2,
  flags: FLAGS,
  since: "6.0.0",
  complexity: "O(1)",
  summary: "Shows which client gets this connection's invalidation messages",
  handler: clientGetRedirection,
};

function clientGetRedirection(call: Call): void {
  call.reply.integer(call.session.tracking?.redirection ?? -1);
}

/** CLIENT TRACKINGINFO: how this connection is told of changes. */
export const CLIENT_TRACKINGINFO: Command = {
  ...COMMON,
  name: "trackinginfo",
  arity: 2,
  flags: FLAGS,
  since: "6.2.0",
  complexity: "O(1)",
  summary: "Shows how this connection is told of changes",
  handler: clientTrackingInfo,
};

function clientTrackingInfo({ session, reply }: Call): void {
  const { tracking } = session;
  const flags = flagsOf(tracking);
  const prefixes = [...(tracking?.prefixes ?? [])].sort();
  reply.map(3);
  reply.bulkText("flags");
  reply.set(flags.length);
  for (const word of flags) reply.bulkText(word);
  reply.bulkText("redirect");
  reply.integer(tracking?.redirection ?? -1);
  reply.bulkText("prefixes");
  reply.array(prefixes.length);
  for (const prefix of prefixes) reply.bulk(Buffer.from(prefix, "latin1"), 0, prefix.length);
}

function flagsOf(tracking: SessionTracking | null): readonly string[] {
  if (tracking === null) return ["off"];
  const { isBroadcast, isOptIn, isOptOut, isCaching, isNoLoop, isBroken } = tracking;
  return [
    "on",
    ...(isBroadcast ? ["bcast"] : []),
    ...(isOptIn ? ["optin", ...(isCaching ? ["caching-yes"] : [])] : []),
    ...(isOptOut ? ["optout", ...(isCaching ? ["caching-no"] : [])] : []),
    ...(isNoLoop ? ["noloop"] : []),
    ...(isBroken ? ["broken_redirect"] : []),
  ];
}
