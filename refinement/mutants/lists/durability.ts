/** Bugs in the gate, in what a full disk brings, and in what a start makes of the files. */
import { unit } from "../checks.ts";
import type { Mutant } from "../mutant.ts";

const CORE = unit("impl/log/log-core.test.ts");
const RECOVERY = unit("impl/log/recovery.test.ts");
const GATE = unit("impl/server/gate.test.ts");

/** The mutants that the unit tests of log and gate are held against. */
export const durabilityMutants: readonly Mutant[] = [
  {
    name: "reads-depend-on-nothing",
    room: "log",
    find: "session.consultsData = record.consultsData;",
    replace: "session.consultsData = record.isWrite;",
    breaks: "a read shows a value that a crash can take back",
    checks: [GATE],
  },
  {
    name: "poison-is-ignored",
    room: "log",
    find: "    if (error !== null) {\n      this.#poison(error);\n      return;\n    }\n",
    replace: "",
    breaks: "a failed sync counts as one that succeeded",
    checks: [CORE],
  },
  {
    name: "partial-frame-stays",
    room: "log",
    find: "    if (this.#file.truncate(this.#cutAt) !== null) return;\n",
    replace: "",
    breaks: "after a short write the next frame is written behind a partial one",
    checks: [CORE],
  },
  {
    name: "ballast-is-not-recreated",
    room: "log",
    find: " || this.#ballast.restore() !== null) return;",
    replace: ") return;",
    breaks: "writes are accepted again while the disk is still full",
    checks: [CORE, GATE],
  },
  {
    name: "checksum-is-ignored",
    room: "log",
    find: "return found === header.checksum;",
    replace: "return found >= 0;",
    breaks: "a damaged frame is replayed",
    checks: [RECOVERY],
  },
  {
    name: "damage-is-taken-for-a-torn-end",
    room: "log",
    find: "if (this.#isInMiddle(offset)) throw",
    replace: "if (offset < 0) throw",
    breaks: "one damaged frame silently ends the log there, whatever follows",
    checks: [RECOVERY],
  },
  {
    name: "rubbish-is-taken-for-a-torn-end",
    room: "log",
    find: '    case "malformed-command":\n      return false;',
    replace: '    case "malformed-command":\n      return true;',
    breaks: "what no crash explains at the end of a file is cut off instead of refused",
    checks: [RECOVERY],
  },
  {
    name: "damage-is-blamed-on-the-disk",
    room: "log",
    find: 'return failure.kind === "disk" || failure.kind === "poisoned" || failure.kind === "locked";',
    replace: 'return failure.kind !== "shrunk";',
    breaks: "a start that refuses what the server wrote itself passes for a full disk",
    checks: [RECOVERY],
  },
  {
    name: "gap-in-the-numbers",
    room: "log",
    find: "if (header.lsn !== nextLsn && !isFresh) {",
    replace: "if (header.lsn < nextLsn && !isFresh) {",
    breaks: "a missing frame goes unnoticed",
    checks: [RECOVERY],
  },
  {
    name: "half-transaction-is-replayed",
    room: "log",
    find: "      this.#queue.push(request.copy());",
    replace: "      this.#execute(request, offset);",
    breaks: "a transaction that the end of a file of Redis cuts in two is executed in part",
    checks: [RECOVERY],
  },
  {
    name: "keys-expire-during-replay",
    room: "log",
    find: "    instance.time.nowMs = 0;\n",
    replace: "",
    breaks: "replay does not find a key that was alive when its command ran",
    checks: [GATE],
  },
  {
    name: "replica-ahead-of-the-disk",
    room: "log",
    find: "this.#outbox.append(gate.end, bytes, start, length, gate);",
    replace: "this.#outbox.append(0, bytes, start, length, gate);",
    breaks: "a replica has what a crash of its primary takes back",
    checks: [GATE],
  },
  {
    name: "snapshot-ahead-of-the-disk",
    room: "log",
    find: "replica.begin(outbox, snapshot, this.gate.end);",
    replace: "replica.begin(outbox, snapshot, 0);",
    breaks: "a snapshot shows a replica what a crash of its primary takes back",
    checks: [GATE],
  },
  {
    name: "push-within-a-reply",
    room: "server",
    find: "    if (!this.#isOpen) {\n      if (CHECKED) assert(this.#closedBytes === this.writer.length",
    replace:
      "    if (this.#isOpen) return this.writer;\n    if (!this.#isOpen) {\n      if (CHECKED) assert(this.#closedBytes === this.writer.length",
    breaks: "a push falls into the array of an EXEC",
    checks: [unit("impl/gate/outbox.test.ts")],
  },
  {
    name: "push-overtakes-its-unit",
    room: "server",
    find: "this.#marks.add(this.#unsettledFrom, gate.end, gate.gate, gate.written);",
    replace: "this.#marks.add(this.#unsettledFrom, gate.written, gate.gate, gate.written);",
    breaks: "a push tells of a change that is not in the file yet",
    checks: [unit("impl/gate/outbox.test.ts")],
  },
  {
    name: "quit-drops-held-replies",
    room: "log",
    find: "} else if (session.closeAfterReply && !this.#ended) {",
    replace: "}\n    if (session.closeAfterReply && !this.#ended) {",
    breaks: "QUIT closes the connection while replies wait at the gate",
    checks: [GATE],
  },
];
