/** Bugs in transactions, in what replies wait for, and in their model. */
import { refineTransactions } from "../checks.ts";
import type { Mutant } from "../mutant.ts";

const REFINE = refineTransactions(6000);

/** The mutants of transactions. */
export const transactionMutants: readonly Mutant[] = [
  {
    name: "exec-ignores-the-mark",
    room: "session",
    find: "if (session.dirtyCas) return true;",
    replace: "",
    breaks: "EXEC runs although a watched key has been changed",
    checks: [REFINE],
  },
  {
    name: "removal-of-expired-marks",
    room: "session",
    find: "if (watched.expired && !exists) {",
    replace: "if (watched.expired && exists) {",
    breaks: "the removal of a key that had expired before WATCH makes EXEC fail",
    checks: [REFINE],
  },
  {
    name: "discard-keeps-watching",
    room: "session",
    find: "  session.endTransaction();\n  instance.data.watches.unwatch(session);\n  reply.ok();",
    replace: "  session.endTransaction();\n  reply.ok();",
    breaks: "DISCARD leaves the keys watched for the next transaction",
    checks: [REFINE],
  },
  {
    name: "unwatch-keeps-the-mark",
    room: "session",
    find: "  call.session.dirtyCas = false;\n",
    replace: "",
    breaks: "UNWATCH forgets the keys and not what happened to them",
    checks: [REFINE],
  },
  {
    name: "exec-is-many-units",
    room: "effects",
    find: '    else if (!instance.executor.run(session, record, request, "exec")) {\n      leaveQueue(call, queue, i + 1, audible);\n      return;\n    }\n',
    replace:
      '    else if (!instance.executor.run(session, record, request, "exec")) {\n      leaveQueue(call, queue, i + 1, audible);\n      return;\n    }\n    instance.data.effects.commit();\n',
    breaks: "a crash can take a part of a transaction and leave the rest",
    checks: [REFINE],
  },
  {
    name: "read-waits-for-nothing",
    room: "server",
    find: "const dependency = session.consultsData ? gate.end : ofNoData(instance, session);",
    replace:
      "const dependency = session.lastCommand?.isWrite ? gate.end : ofNoData(instance, session);",
    breaks: "a read shows another session's write before it is on the disk",
    checks: [REFINE],
  },
  {
    name: "model-script-goes-on",
    room: "model",
    find: '  if (first.reply === "ERR" || others.length === 0) return first;\n',
    replace: "  if (others.length === 0) return first;\n",
    breaks: "an error does not end a script in the model",
    checks: [REFINE],
  },
  {
    name: "model-forgets-spoiled",
    room: "model",
    find: '  if (session.spoiled) return "abort";\n',
    replace: "",
    breaks: "the model runs a transaction in which a command was refused",
    checks: [REFINE],
  },
  {
    name: "model-takes-removal-for-change",
    room: "model",
    find: 'if (mark === "expired" && !there)',
    replace: 'if (mark === "expired" && there)',
    breaks: "the model's WATCH counts the removal of an expired key as a change",
    checks: [REFINE],
  },
];
