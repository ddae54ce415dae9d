/**
 * What must outlast a crash under each policy, in terms of positions: the numbers of the units of
 * the log. The harness knows on which position each reply depends, and how far recovery got.
 */
import { strict as assert } from "node:assert";
import { broken, HOLDS, type Verdict } from "./history.ts";

/** When the gate opens: the server's `appendfsync`. */
export type FsyncPolicy = "always" | "everysec" | "no";

/** With `everysec`, how long before a power loss a reply must have left to be safe. */
export const EVERYSEC_WINDOW_MS = 2000;

/** A reply that left the server. */
export interface LeftReply {
  /** The operation that it answers. */
  readonly operation: number;
  readonly session: number;
  /** The end of the log when its command had run; 0 when it depends on nothing. */
  readonly position: number;
  /** Whether its command wrote. */
  readonly wrote: boolean;
  readonly leftAtMs: number;
}

/** A process killed, which leaves the system's page cache, or a machine without power. */
export type CrashKind = "kill" | "power";

/** A crash, and what recovery made of it. */
export interface Crash {
  readonly atMs: number;
  readonly kind: CrashKind;
  /** The highest position that was restored, with all before it. */
  readonly survived: number;
}

/** Replies and crashes of one server. Positions that were lost are given again after the crash. */
export interface DurabilityHistory {
  readonly policy: FsyncPolicy;
  readonly replies: readonly LeftReply[];
  readonly crashes: readonly Crash[];
}

/** Whether a policy lets a crash take back what a client had learned at a moment. */
export function mayBeLost(policy: FsyncPolicy, crash: Omit<Crash, "survived">, atMs: number) {
  if (crash.kind === "kill" || policy === "always") return false;
  return policy === "no" || crash.atMs - atMs < EVERYSEC_WINDOW_MS;
}

/** Judges the replies for which `concerns` is true; `lost` words the violation. */
export function checkSurvival(
  { policy, replies, crashes }: DurabilityHistory,
  guarantee: string,
  concerns: (reply: LeftReply) => boolean,
  lost: (reply: LeftReply, crash: Crash) => string,
): Verdict {
  const waiting = replies.filter(concerns).sort((a, b) => a.leftAtMs - b.leftAtMs);
  let kept: LeftReply[] = [];
  let next = 0;
  let lastMs = Number.NEGATIVE_INFINITY;
  for (const crash of crashes) {
    assert(crash.atMs >= lastMs, "crashes are in order");
    lastMs = crash.atMs;
    for (; next < waiting.length && waiting[next]!.leftAtMs <= crash.atMs; next += 1) {
      kept.push(waiting[next]!);
    }
    const gone = kept.filter(({ position }) => position > crash.survived);
    const wrongly = gone.find(({ leftAtMs }) => !mayBeLost(policy, crash, leftAtMs));
    if (wrongly !== undefined) {
      const what = `appendfsync ${policy}: ${lost(wrongly, crash)}`;
      return broken(guarantee, what, [wrongly.operation], lines(wrongly, crash));
    }
    kept = kept.filter(({ position }) => position <= crash.survived);
  }
  return HOLDS;
}

function lines(reply: LeftReply, crash: Crash): readonly string[] {
  const { operation, session, position, leftAtMs } = reply;
  return [
    `  at ${leftAtMs} ms the reply to operation ${operation} of session ${session} left, at position ${position}`,
    `  at ${crash.atMs} ms: ${crash.kind === "kill" ? "the process is killed" : "the power fails"}`,
    `  recovery restored positions up to ${crash.survived}`,
  ];
}
