/** As what a command is judged that runs a script or a function: by what that says of itself. */
import type { Request } from "../resp/request.ts";
import { FLAG } from "../scripting/shebang.ts";
import type { ScriptFlags } from "./command.ts";
import type { CommandFlag } from "./command-declaration.ts";
import { CommandRecord } from "./command-table.ts";
import type { Instance } from "./instance.ts";

/** The records of commands that run scripts with flags, by command and flags. */
const RECORDS = new WeakMap<CommandRecord, Map<number, CommandRecord>>();

/** What the rules of admission look at for this request, which is the command's own record for nearly all. */
export function judgedAs(
  instance: Instance,
  record: CommandRecord,
  request: Request,
): CommandRecord {
  if (record.scriptFlags === null) return record;
  const flags = (record.scriptFlags as ScriptFlags)(instance, request);
  if (flags === null || (flags & FLAG.compatible) !== 0) return record;
  let known = RECORDS.get(record);
  if (known === undefined) {
    known = new Map();
    RECORDS.set(record, known);
  }
  let judged = known.get(flags);
  if (judged === undefined) {
    judged = new CommandRecord({ ...record.command, flags: flagsOf(record, flags) }, null);
    judged.accessId = record.accessId;
    known.set(flags, judged);
  }
  return judged;
}

/** What a script says takes the place of what is assumed of any script. */
function flagsOf({ command }: CommandRecord, flags: number): readonly CommandFlag[] {
  const kept = command.flags.filter((flag) => flag !== "may_replicate");
  const writes = (flags & FLAG.noWrites) === 0;
  const needsRoom = writes && (flags & FLAG.allowOom) === 0;
  return [
    ...kept,
    ...(writes ? (["write"] as const) : []),
    ...(needsRoom ? (["denyoom"] as const) : []),
  ];
}
