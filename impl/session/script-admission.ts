/** What a script may run: Redis' rules for `redis.call`, in their order. */
import type { Request } from "../resp/request.ts";
import { lacksReplicas, refusalBy, rulesInForce } from "./admission.ts";
import type { CommandRecord } from "./command-table.ts";
import { ERR } from "./errors.ts";
import type { Instance } from "./instance.ts";
import { errorInScript, refusePermission } from "./permissions.ts";
import { Rule } from "./rules.ts";
import type { Session } from "./session.ts";

/** What the rules look at in the script that runs. */
export interface RunningScript {
  readonly session: Session;
  /** Who has it run. */
  readonly client: Session;
  readonly isReadOnly: boolean;
  readonly allowsOom: boolean;
  readonly hasWritten: boolean;
}

/** DEBUG SET-DISABLE-DENY-SCRIPTS lets scripts use what of DEBUG touches no data. */
function isFreed({ settings }: Instance, { fullName }: CommandRecord, request: Request): boolean {
  if (!settings.scriptsDebug || fullName !== "debug" || request.argc < 2) return false;
  if (request.is(1, "sleep")) return true;
  // A push is no reply.
  return request.is(1, "protocol") && !(request.argc > 2 && request.is(2, "push"));
}

/** Why the running script must not run the command now, its code in front; null when it may. */
export function refusalInScript(
  instance: Instance,
  script: RunningScript,
  record: CommandRecord,
  request: Request,
): string | null {
  if (!record.accepts(request.argc)) {
    return "ERR Wrong number of args calling Redis command from script";
  }
  if (record.command.flags.includes("noscript") && !isFreed(instance, record, request)) {
    return "ERR This Redis command is not allowed from script";
  }
  const denial = refusePermission(instance, script.client, record, request, "lua");
  if (denial !== null) return errorInScript(denial);
  if (script.isReadOnly && record.mayReplicate) {
    return "ERR Write commands are not allowed from read-only scripts.";
  }
  // A script that has changed something is not ended by what might pass.
  if (script.hasWritten) return null;
  const rules = record.rules & rulesInForce(instance, script.session);
  const due = record.isWrite ? rules & (Rule.log | Rule.replicas) : 0;
  const refusal = due === 0 ? null : refusalBy(due, instance, script.session, record, request);
  if (refusal !== null) return refusal;
  const takesMemory = !script.allowsOom && record.takesMemory;
  return takesMemory && isOutOfMemory(instance, rules) ? ERR.outOfMemory : null;
}

/**
 * Why a script with a first line must not begin now; null when it may.
 *
 * @param isReadOnly it is run by a command that forbids writes
 */
export function refusalOfScript(
  instance: Instance,
  session: Session,
  { writes, allowsOom, isReadOnly }: { writes: boolean; allowsOom: boolean; isReadOnly: boolean },
): string | null {
  const rules = rulesInForce(instance, session);
  const { writeError } = instance.persistence;
  if (writes && writeError !== null) {
    return (
      "MISCONF Redis is configured to persist data to AOF, but it's currently unable to persist " +
      "to disk. Writable scripts are blocked. Use 'no-writes' flag for read only scripts. " +
      `AOF error: ${writeError}`
    );
  }
  if (writes && isReadOnly)
    return "ERR Can not execute a script with write flag using *_ro command.";
  if (writes && (rules & Rule.replicas) !== 0 && lacksReplicas(instance)) return ERR.noReplicas;
  if (writes && !allowsOom && isOutOfMemory(instance, rules)) {
    return "OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'";
  }
  return null;
}

/** Whether there was no room when the request began that the script belongs to. */
function isOutOfMemory({ eviction }: Instance, rules: number): boolean {
  return (rules & Rule.memory) !== 0 && eviction.state === "out";
}
