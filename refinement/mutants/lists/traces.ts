/** What is recorded of runs, and what judges it: told too early, told wrongly, or not looked at. */
import { traces, unit } from "../checks.ts";
import type { Mutant } from "../mutant.ts";

const JUDGE = unit("refinement/traces/judge.test.ts");
const VERDICTS = unit("refinement/traces/verdicts.test.ts");
const TAMPERING = unit("refinement/traces/tampering/tampering.test.ts");
const RECORDED = unit("refinement/traces/recorded.test.ts");
const BEHAVIOURS = unit("refinement/traces/behaviours.test.ts");
const BLOCKING = unit("refinement/traces/blocking.test.ts");
const LOG = traces("log", 12);
/** Among more runs some lose a closing line. */
const MORE_LOG = traces("log", 40, 101);
const TRANSACTIONS = traces("transactions", 24);

/** The mutants of traces. */
export const tracesMutants: readonly Mutant[] = [
  {
    name: "write-told-before-the-fact",
    room: "log",
    find: "    const taken = this.#file.append(frame.bytes, start, length);\n",
    replace:
      '    if (this.#trace.enabled) this.#trace.step("log", "Write", { to: this.#end });\n' +
      "    const taken = this.#file.append(frame.bytes, start, length);\n",
    breaks: "the trace is told of a write before the disk has taken it",
    checks: [LOG],
  },
  {
    name: "replies-told-from-zero",
    room: "server",
    find: "const first = this.#answered + 1;",
    replace: "const first = this.#answered;",
    breaks: "the trace says that a reply leaves which has left before",
    checks: [LOG],
  },
  {
    name: "gate-told-after-the-reply",
    room: "session",
    within: "impl/session/transaction-steps.ts",
    find: "if (gate > this.#toldGate) this.#step(",
    replace: "if (gate > this.#toldGate + 1) this.#step(",
    breaks: "the trace shows replies leaving before the gate has opened for them",
    checks: [TRANSACTIONS],
  },
  {
    name: "served-with-whatever",
    room: "refinement",
    within: "specs/blocking/TraceBlocking.tla",
    find: 'Served("Serve", Serve)',
    replace: 'Is("Serve") /\\ Serve(Event.session)',
    breaks: "what who waits is given is not compared with the specification",
    checks: [BLOCKING],
  },
  {
    name: "serve-told-as-time",
    room: "session",
    find: '    else this.#answers(isServed ? "Serve" : "Timeout", session, reply);\n',
    replace: '    else this.#answers("Timeout", session, reply);\n',
    breaks: "the trace says of who is served that its time was up",
    checks: [BLOCKING],
  },
  {
    name: "kill-not-told",
    room: "simulator",
    within: "sim/simulation.ts",
    find: 'this.#trace.step("log", "Kill", {});',
    replace: "{}",
    breaks: "the trace of a run does not say that its process was killed",
    checks: [LOG],
  },
  {
    name: "cut-of-closing-line-not-told",
    room: "log",
    find: '    if (this.#trace.enabled) this.#trace.step("log", "Reopen", {});\n',
    replace: "",
    breaks: "the trace does not say that a closing line was cut off",
    checks: [MORE_LOG],
  },
  {
    name: "cut-of-closing-line-not-followed",
    room: "refinement",
    find: "  Reopen: (state) => log.Reopen(state),\n",
    replace: "",
    breaks: "traces in which a closing line is cut off are not tampered with",
    checks: [LOG],
  },
  {
    name: "closed-file-may-be-copied",
    room: "refinement",
    find: 'Is("RecoverRewrite") /\\ RecoverRewrite',
    replace:
      'Is("RecoverRewrite") /\\ (RecoverRewrite \\/ (status = "proven" /\\ Closed /\\ UNCHANGED vars))',
    breaks: "a trace may copy a file that was closed cleanly",
    checks: [LOG],
  },
  {
    name: "traces-not-followed",
    room: "refinement",
    find: 'reason === null || verdicts[index]!.kind !== "accepted"',
    replace: 'reason === null || verdicts[index]!.kind === "accepted"',
    breaks: "a trace that TLC accepts and the model does not follow is left out in silence",
    checks: [VERDICTS],
  },
  {
    name: "trace-may-be-cut-off",
    room: "refinement",
    find: "Is(name) == /\\ at < Len(Events)",
    replace: "Is(name) == /\\ at <= Len(Events)",
    breaks: "a trace that was cut off is accepted",
    checks: [JUDGE],
  },
  {
    name: "trace-accepted-before-its-end",
    room: "refinement",
    find: "return event === events.length + 1 ?",
    replace: "return event >= events.length ?",
    breaks: "a trace is accepted without its last step",
    checks: [JUDGE],
  },
  {
    name: "tampering-may-pass",
    room: "refinement",
    find: ": is accepted`];",
    replace: ": is accepted`].slice(1);",
    breaks: "a tampered trace that TLC accepts is fine",
    checks: [VERDICTS],
  },
  {
    name: "tampering-of-nothing",
    room: "refinement",
    find: "sets.filter(({ tampered }) => tampered.length === 0)",
    replace: "sets.filter(({ tampered }) => tampered.length < 0)",
    breaks: "a way to tamper that fits no trace counts as rejected",
    checks: [VERDICTS],
  },
  {
    name: "tampered-event-is-the-first",
    room: "refinement",
    find: "from: at + 1 }",
    replace: "from: 1 }",
    breaks: "a tampered trace may be rejected before the place that was tampered with",
    checks: [TAMPERING],
  },
  {
    name: "crash-kept-more-than-was-found",
    room: "refinement",
    find: "if (keep < gate) break;",
    replace: "if (keep < 0) break;",
    breaks: "a loss of power that everysec concedes is held against transactions",
    checks: [RECORDED],
  },
  {
    name: "behaviour-without-its-last-state",
    room: "refinement",
    find: "(?=\\n\\s*\\n|\\n=+)",
    replace: "(?=\\n\\s*\\n)",
    breaks: "the last state of a generated behaviour is not driven",
    checks: [BEHAVIOURS],
  },
];
