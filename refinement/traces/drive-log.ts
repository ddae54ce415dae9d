/**
 * Behaviours of the log, driven through the production log.
 *
 * A behaviour supplies what its environment chooses: requests, disconnects, the passing of time,
 * what the disk takes, how syncs end, kills and losses of power. The production cores answer with
 * steps of their own, and after every input the abstraction of their state must be the state of
 * the model that has taken those steps (`refinement/refine/log-world.ts`).
 */
import type { State } from "../../model/log/state.ts";
import { type LogInput, takeStep } from "../refine/log-steps.ts";
import { CONNECTIONS, type Connection, type End, LogWorld } from "../refine/log-world.ts";
import type { BehaviourStep, GeneratedBehaviour } from "./behaviours.ts";

type Step = BehaviourStep<State>;

/** Two ticks of the bounded specification are the age at which everysec holds back. */
const TICK_MS = 1000;
/** A frame is longer, so that a part of it is taken. */
const PART_BYTES = 20;

/**
 * Drives the production log through a behaviour.
 *
 * @param taken counts the actions that the production log took
 * @returns how many inputs it was given
 * @throws Disagreement when its state does not mean the model's
 */
export function driveLog(
  { initial, steps }: GeneratedBehaviour<State>,
  taken: Map<string, number>,
): number {
  const world = new LogWorld(initial.policy, taken);
  let inputs = 0;
  for (const step of steps) {
    for (const input of inputsOf(step)) {
      // Without a process only its end and its start mean anything.
      const isFree = input.do === "end" || input.do === "other";
      if (world.status === "down" && !isFree && step.action !== "RecoverBegin") continue;
      takeStep(world, { input, dies: null });
      inputs++;
    }
  }
  return inputs;
}

/** What the environment does in a step; nothing in the steps of the log itself. */
function inputsOf(step: Step): readonly LogInput[] {
  const { action, before, after } = step;
  switch (action) {
    case "Append":
      return [{ do: "write", connection: connectionOf(step), isTransaction: false }];
    case "Read":
      return [{ do: "read", connection: connectionOf(step) }];
    case "Ask":
      return [{ do: "ask", connection: connectionOf(step) }];
    case "Disconnect":
      return [{ do: "disconnect", connection: connectionOf(step) }];
    case "Expire":
      return [{ do: "expire" }];
    case "Write":
      return [{ do: "flush" }];
    case "WriteRefused":
      return [{ do: "take", bytes: 0, times: 1 }, { do: "flush" }];
    case "ShortWrite":
      return [{ do: "take", bytes: PART_BYTES, times: 1 }, { do: "flush" }];
    case "CutTail":
    case "Heal":
    case "FsyncBegin":
      return [{ do: "pass", ms: 0, isTick: true }];
    case "FsyncOk":
      return [{ do: "sync ends", outcome: "ok" }];
    case "FsyncFail":
      return [{ do: "sync ends", outcome: after.lost && !before.lost ? "drops" : "fails" }];
    case "Tick":
      return [{ do: "pass", ms: (after.now - before.now) * TICK_MS, isTick: true }];
    case "Close":
      return [{ do: "close" }];
    case "Kill":
      return [{ do: "end", end: { how: "kill", share: 1 } }];
    case "PowerLoss":
      return [{ do: "end", end: powerLoss(step) }];
    case "Stop":
      return [{ do: "expire" }];
    case "RecoverBegin":
      return before.status === "down" ? [{ do: "flush" }] : [];
    case "OtherTakes":
    case "OtherLeaves":
      return [{ do: "other" }];
    default:
      return [];
  }
}

/** The connection whose queue is another one afterwards. */
function connectionOf({ before, after }: Step): Connection {
  const found = CONNECTIONS.find((name) => {
    return before.queue[name]!.length !== after.queue[name]!.length;
  });
  return found ?? CONNECTIONS[0];
}

/** As much of what is not certain to last remains as in the behaviour. */
function powerLoss({ before, after }: Step): End {
  const uncertain = before.file.length - before.platter;
  const share = uncertain === 0 ? 1 : (after.platter - before.platter) / uncertain;
  return { how: "power", share };
}
