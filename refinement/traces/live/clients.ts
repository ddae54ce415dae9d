/** Clients of a live server: several connections, pipelines, and disconnects before the reply. */
import type { Choices } from "../../../sim/choices.ts";
import {
  anyCommand,
  type Command,
  groupedCommand,
  mortalCommand,
  specifiedCommand,
  Values,
  waitingGroup,
} from "../../../sim/workload.ts";
import { connectClient, type WireClient } from "../../../testing/wire/client.ts";
import { encodeRequest } from "../../../testing/wire/request.ts";
import { cachingGroup, RESP3 } from "./caching.ts";

/** What the clients of a scenario ask. */
export type Habit = "specified" | "mixed" | "mortal" | "waiting" | "caching";

/** A load: clients that ask at the same time. */
export interface Load {
  readonly habit: Habit;
  readonly connections: number;
  /** Batches that each connection sends. */
  readonly batches: number;
  /** Requests of a batch at most. */
  readonly depth: number;
  /** How likely a client goes away after a batch, before its replies; another comes for it. */
  readonly leaveRate: number;
  /** How long a client thinks between two batches at most, in milliseconds. */
  readonly thinkMs: number;
}

/** How long a client of those that wait for keys does so at most. */
const PATIENCE_MS = 100;

/**
 * Lets clients ask until they have sent their batches, or until the server is gone.
 *
 * @returns how many replies they have got
 */
export async function runLoad(port: number, load: Load, choices: Choices): Promise<number> {
  const values = new Values();
  const counts = await Promise.all(
    Array.from({ length: load.connections }, () => runClient(port, load, choices, values)),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

async function runClient(
  port: number,
  load: Load,
  choices: Choices,
  values: Values,
): Promise<number> {
  let client: WireClient | null = null;
  let replies = 0;
  for (let left = load.batches; left > 0; left--) {
    const isNew = client === null;
    client ??= await connectClient(port).catch(() => null);
    if (client === null) break;
    const groups = Array.from({ length: 1 + choices.below(load.depth) }, () =>
      group(load, choices, values),
    );
    if (isNew && load.habit === "caching") groups.unshift([RESP3]);
    const batch = groups.flat().map(encodeRequest);
    client.sendRaw(Buffer.concat(batch));
    if (choices.chance(load.leaveRate)) {
      // Sometimes the server has had the time to run them, sometimes not.
      await pause(choices.below(2));
      client.close();
      client = null;
      continue;
    }
    const waits = load.habit === "waiting";
    const received = await client.receive(batch.length, waits ? PATIENCE_MS : undefined);
    replies += received.replies.length;
    if (received.shortage === "timeout") {
      if (!waits) throw new Error("a client waits for its replies in vain");
      // Perhaps nobody will ever bring what it waits for.
      client.close();
      client = null;
    }
    if (received.shortage === "closed") client = null;
    if (load.thinkMs > 0) await pause(choices.below(load.thinkMs + 1));
  }
  client?.close();
  return replies;
}

function group(load: Load, choices: Choices, values: Values): readonly Command[] {
  switch (load.habit) {
    case "specified":
      return [specifiedCommand(choices, values)];
    case "mortal":
      return [mortalCommand(choices, values)];
    case "mixed":
      return [choices.chance(0.5) ? groupedCommand(choices, values) : anyHarmless(choices)];
    case "waiting":
      return waitingGroup(choices, values, load.connections);
    case "caching":
      return cachingGroup(choices);
  }
}

/** Any command but those that change how the log works, or that make a client wait for others. */
function anyHarmless(choices: Choices): Command {
  for (;;) {
    const command = anyCommand(choices);
    if (!LEFT_OUT.has(command[0]!.toUpperCase())) return command;
  }
}

const LEFT_OUT = new Set(["CONFIG", "CLIENT", "QUIT", "SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE"]);

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
