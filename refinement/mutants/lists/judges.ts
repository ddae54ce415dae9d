/** Bugs in the checkers of histories, and in the workbench that records them. */
import { unit } from "../checks.ts";
import type { Mutant } from "../mutant.ts";

const LINEARIZABILITY = unit("sim/checkers/linearizability.test.ts");
const TRANSACTIONS = unit("sim/checkers/strict-serializability.test.ts");
const LIST_APPEND = unit("sim/checkers/list-append.test.ts");
const DURABILITY = unit("sim/checkers/durability.test.ts");
const REPLIES = unit("sim/checkers/order-and-progress.test.ts");
const WORKLOADS = unit("maelstrom/workbench/workloads.test.ts");
const NODE = unit("maelstrom/serve.test.ts");
const COPY = unit("refinement/mutants/copy.test.ts");

/** The mutants of checkers and workbench. */
export const judgeMutants: readonly Mutant[] = [
  {
    name: "cache-forgets-pending",
    room: "checkers",
    find: "if (seen.some((other) => isSubset(other, used))) return false;",
    replace: "if (seen.length > 0) return false;",
    breaks: "what unknown operations were used up is not part of what was searched",
    checks: [LINEARIZABILITY],
  },
  {
    name: "cache-forgets-state",
    room: "checkers",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the text of a program
    find: "const key = `${this.#done.key()}|${this.#model.key(state)}`;",
    replace: "const key = this.#done.key();",
    breaks: "two states after the same operations are taken for one",
    checks: [LINEARIZABILITY],
    onlyInFull: true,
  },
  {
    name: "pending-dropped",
    room: "checkers",
    find: 'if (outcome._tag === "Unknown") pendings.push(',
    replace: 'if (outcome._tag !== "Unknown") continue;\n    if (index < 0) pendings.push(',
    breaks: "operations of unknown outcome are taken for never done",
    checks: [LINEARIZABILITY],
  },
  {
    name: "pending-from-the-start",
    room: "checkers",
    find: "      if (invokedAt > limit) return false;\n",
    replace: "",
    breaks: "operations of unknown outcome take effect before they are invoked",
    checks: [LINEARIZABILITY],
    onlyInFull: true,
  },
  {
    name: "pending-for-ever",
    room: "checkers",
    find: "if (until < frame.latest || this.#used.includes(number)) continue;",
    replace: "if (this.#used.includes(number)) continue;",
    breaks: "operations of a server that died take effect in the next one",
    checks: [LINEARIZABILITY],
    onlyInFull: true,
  },
  {
    name: "real-time-ignored",
    room: "checkers",
    find: "for (let entry = frame.nextEntry; entry !== null && entry.end !== null; entry = entry.next) {\n",
    replace:
      "for (let entry = frame.nextEntry; entry !== null; entry = entry.next) {\n      if (entry.end === null) continue;\n",
    breaks: "operations are ordered as if all had been concurrent: sequential consistency at best",
    checks: [LINEARIZABILITY],
  },
  {
    name: "cas-result-ignored",
    room: "checkers",
    find: "return result === UNKNOWN || sameReply(applied.reply, result) ? applied.state : null;",
    replace:
      'const free = result === UNKNOWN || command[0] === "CAS";\n    return free || sameReply(applied.reply, result) ? applied.state : null;',
    breaks: "a compare-and-set that failed may have answered OK",
    checks: [LINEARIZABILITY],
    onlyInFull: true,
  },
  {
    name: "watched-value-ignored",
    room: "checkers",
    find: "if (watchedHold(state, transaction)) return",
    replace: "if (result !== UNKNOWN || watchedHold(state, transaction)) return",
    breaks: "a transaction runs though a key that it watched has changed",
    checks: [TRANSACTIONS],
  },
  {
    name: "list-append-without-real-time",
    room: "checkers",
    find: "  addRealTime(graph, history);\n",
    replace: "",
    breaks: "serializable is taken for strictly serializable",
    checks: [LIST_APPEND],
  },
  {
    name: "unseen-append-forgotten",
    room: "checkers",
    find: "if (writer !== undefined) this.#happened.add(writer);",
    replace: "if (writer === undefined) continue;",
    breaks: "the other appends of an unknown transaction are forgotten once one of them is seen",
    checks: [LIST_APPEND],
    onlyInFull: true,
  },
  {
    name: "anti-dependency-forgotten",
    room: "checkers",
    find: 'graph.add(at(transaction), at(writer), "rw", why);',
    replace: 'if (writer === undefined) graph.add(at(transaction), at(writer), "rw", why);',
    breaks: "a read of an old version may come after the write of the next",
    checks: [LIST_APPEND],
    onlyInFull: true,
  },
  {
    name: "everysec-loses-anything",
    room: "checkers",
    find: 'return policy === "no" || crash.atMs - atMs < EVERYSEC_WINDOW_MS;',
    replace: "return true;",
    breaks: "everysec may lose more than two seconds",
    checks: [DURABILITY],
    onlyInFull: true,
  },
  {
    name: "kill-excuses",
    room: "checkers",
    find: 'if (crash.kind === "kill" || policy === "always") return false;',
    replace: 'if (policy === "always") return false;',
    breaks: "a kill may lose what a loss of power may",
    checks: [DURABILITY],
  },
  {
    name: "answers-may-be-skipped",
    room: "checkers",
    find: "if (request !== expected) {",
    replace: "if (request < expected) {",
    breaks: "a reply may be left out, and come later",
    checks: [REPLIES],
  },
  {
    name: "no-answer-is-progress",
    room: "checkers",
    find: "(answeredAtMs ?? Number.POSITIVE_INFINITY) <= dueMs",
    replace: "(answeredAtMs ?? 0) <= dueMs",
    breaks: "a request that is never answered passes",
    checks: [REPLIES],
  },
  {
    name: "crash-is-definite",
    room: "workbench",
    find: 'return isDefinite(answer["code"]) ? "refused" : "unknown";',
    replace: 'return "refused";',
    breaks: "an operation that failed in the middle is taken for never done",
    checks: [WORKLOADS],
    onlyInFull: true,
  },
  {
    name: "cas-without-watch",
    room: "workbench",
    find: 'connection.run(["WATCH", key], ["GET", key]);',
    replace: 'connection.run(["PING"], ["GET", key]);',
    breaks: "the node's compare-and-set is no transaction",
    checks: [NODE],
  },
  {
    name: "copy-keeps-what-was-touched",
    room: "workbench",
    find: "if (stamp !== undefined && stamp === stampOf(target)) return;",
    replace: "if (stamp !== undefined) return;",
    breaks: "a mutant's edit stays for the mutants that come after it",
    checks: [COPY],
  },
  {
    name: "copy-keeps-what-was-added",
    room: "workbench",
    find: "else if (entry.isDirectory() || !this.#stamps.has(path)) {",
    replace: "else if (!entry.isDirectory() && !this.#stamps.has(path)) {",
    breaks: "a folder that a check has left is there for the next one",
    checks: [COPY],
    onlyInFull: true,
  },
];
