import { newAccess } from "../../session/access.ts";
import { type Call, WRONG_TYPE } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { oneKey } from "../../session/command-declaration.ts";
import { keyEvent } from "../../session/key-events.ts";
import { MARK_BYTE, TALLY_KIND, TALLY_TYPE } from "../../types/tally/index.ts";
import { KEY } from "../shared/arguments.ts";

const MARKED = keyEvent("generic", "mark");
const FIRST = Uint8Array.of(MARK_BYTE);

/** MARK: one mark more on a tally, which it makes if there is none. */
export const MARK: Command = {
  name: "mark",
  arity: 2,
  flags: ["write", "denyoom", "fast"],
  keySpecs: oneKey("RW", "insert"),
  acl: ["keyspace"],
  group: "generic",
  since: "0.0.0",
  summary: "Adds a mark to a tally",
  arguments: [KEY],
  handler: mark,
};

function mark(call: Call): void {
  const { instance, keyspace, request, reply } = call;
  const ref = call.writeOf(TALLY_TYPE, 1);
  if (ref === WRONG_TYPE) return;
  if (ref === 0) {
    const { bytes, offsets, lengths } = request;
    const hash = call.keyHash(1);
    const made = keyspace.addBytes(hash, bytes, offsets[1]!, lengths[1]!, FIRST, 0, 1, TALLY_KIND);
    keyspace.setAccess(made, newAccess(instance));
    reply.integer(1);
  } else {
    const marks = keyspace.valueLength(ref) + 1;
    const grown = keyspace.resizeBytes(ref, marks, TALLY_KIND);
    keyspace.bytes(grown)[keyspace.valueOffset(grown) + marks - 1] = MARK_BYTE;
    reply.integer(marks);
  }
  call.changed(1, MARKED);
}

/** MARKS: how many marks a tally has. */
export const MARKS: Command = {
  name: "marks",
  arity: 2,
  flags: ["readonly", "fast"],
  keySpecs: oneKey("RO"),
  acl: ["keyspace"],
  group: "generic",
  since: "0.0.0",
  summary: "Counts the marks of a tally",
  arguments: [KEY],
  handler: marks,
};

function marks(call: Call): void {
  const ref = call.readOf(TALLY_TYPE, 1);
  if (ref !== WRONG_TYPE) call.reply.integer(ref === 0 ? 0 : call.keyspace.valueLength(ref));
}
