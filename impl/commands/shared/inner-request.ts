/** A request within another one's arguments, as COMMAND GETKEYS and ACL DRYRUN take. */
import { Request } from "../../resp/request.ts";
import type { Call } from "../../session/call.ts";
import type { CommandRecord } from "../../session/command-table.ts";

/** The request that stands in another one's arguments from `from` on. */
export function argumentsFrom(request: Request, from: number): Request {
  const inner = new Request();
  inner.bytes = request.bytes;
  for (let i = from; i < request.argc; i++) {
    inner.push(request.offsets[i]!, request.lengths[i]!);
  }
  return inner;
}

/** The command or subcommand that a request would run. */
export function innerRecord(call: Call, request: Request): CommandRecord | null {
  const record = call.instance.commands.find(request);
  if (record === null || record.subcommands === null || request.argc === 1) return record;
  return record.subcommands.get(request.text(1).toLowerCase()) ?? null;
}
