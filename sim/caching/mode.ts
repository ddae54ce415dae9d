/** In which ways a client may have its cache looked after: CLIENT TRACKING's. */
import type { Choices } from "../choices.ts";
import type { Command } from "../workload.ts";
import type { CacheHabit } from "./habits.ts";

/** What a client asks for. */
export interface Mode {
  /** What of its reads it may keep. */
  readonly keeps: "all" | "broadcast" | "prefixes" | "opted in" | "not opted out";
  /** It is not told of what it changes itself. */
  readonly noLoop: boolean;
  /** Who is told: the connection that reads, or another one, which listens in this protocol. */
  readonly told: "itself" | 2 | 3;
  /** The protocol of the connection that reads. */
  readonly protocol: 2 | 3;
}

/** How keys begin that are told where only some are. */
const PREFIXES = ["a", "b", "d"];

/** Draws a mode. */
export function drawMode(choices: Choices): Mode {
  const told = choices.weighted<Mode["told"]>([
    [2, "itself"],
    [1, 2],
    [1, 3],
  ]);
  return {
    keeps: choices.of(["all", "broadcast", "opted in", "not opted out", "prefixes"]),
    noLoop: choices.chance(0.3),
    told,
    // Nobody but RESP3 pushes between replies.
    protocol: told === "itself" ? 3 : choices.of([3, 2]),
  };
}

/** The command that asks for it. */
export function trackingCommand({ keeps, noLoop }: Mode, messenger: number): Command {
  const options: Readonly<Record<Mode["keeps"], readonly string[]>> = {
    all: [],
    broadcast: ["BCAST"],
    prefixes: ["BCAST", ...PREFIXES.flatMap((prefix) => ["PREFIX", prefix])],
    "opted in": ["OPTIN"],
    "not opted out": ["OPTOUT"],
  };
  return [
    ...["CLIENT", "TRACKING", "ON", ...options[keeps]],
    ...(noLoop ? ["NOLOOP"] : []),
    ...(messenger === 0 ? [] : ["REDIRECT", String(messenger)]),
  ];
}

/** What is said before a read, if anything is, and whether the read may be kept then. */
export function drawRead(
  { keeps }: Mode,
  key: string,
  choices: Choices,
): { readonly said: readonly Command[]; readonly mayKeep: boolean } {
  if (keeps === "prefixes") return { said: [], mayKeep: PREFIXES.includes(key) };
  if (keeps === "opted in") {
    const isIn = choices.chance(0.7);
    return { said: isIn ? [["CLIENT", "CACHING", "YES"]] : [], mayKeep: isIn };
  }
  if (keeps === "not opted out") {
    const isOut = choices.chance(0.3);
    return { said: isOut ? [["CLIENT", "CACHING", "NO"]] : [], mayKeep: !isOut };
  }
  return { said: [], mayKeep: true };
}

/** What a client has done that has a mode, as it is counted. */
export function habitsOf({ keeps, noLoop, told }: Mode): readonly CacheHabit[] {
  const names: Readonly<Record<Mode["keeps"], CacheHabit>> = {
    all: "cache of what is read",
    broadcast: "cache by broadcast",
    prefixes: "cache by prefixes",
    "opted in": "cache opted in",
    "not opted out": "cache opted out",
  };
  return [
    names[keeps],
    ...(noLoop ? ["cache without own changes" as const] : []),
    ...(told === 2 ? ["cache told by a channel" as const] : []),
    ...(told === 3 ? ["cache told by another connection" as const] : []),
  ];
}
