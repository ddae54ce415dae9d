/** Bugs in what a server says of itself. */
import { unit } from "../checks.ts";
import type { Mutant } from "../mutant.ts";

const MONITOR = unit("impl/commands/introspection/monitor.test.ts");
const BESIDE_REDIS = unit("refinement/oracle/monitor.test.ts");

/** The mutants of introspection. */
export const introspectionMutants: readonly Mutant[] = [
  {
    name: "monitor-line-waits-for-nothing",
    room: "session",
    find: 'const unit = record.consultsData || origin !== "client" ? RUNNING : NOTHING;',
    replace: "const unit = record.consultsData && RUNNING === 0 ? RUNNING : NOTHING;",
    breaks: "MONITOR shows a write before the disk has it",
    checks: [MONITOR],
  },
  {
    name: "monitor-shows-passwords",
    room: "session",
    find: 'quote(redacted.includes(i) ? "(redacted)" : request.text(i))',
    replace: "quote(redacted.includes(-1) ? redacted.join() : request.text(i))",
    breaks: "MONITOR shows the arguments of AUTH",
    checks: [BESIDE_REDIS],
  },
  {
    name: "monitor-shows-scripts-last",
    room: "session",
    find: "    if (command.record.skipMonitor) this.#show(command);\n  }\n\n  override leaves",
    replace: "    if (command.depth < 0) this.#show(command);\n  }\n\n  override leaves",
    breaks: "MONITOR shows no EVAL",
    checks: [BESIDE_REDIS],
  },
  {
    name: "monitor-shows-served-again",
    room: "session",
    find: 'if (record.isAdmin || origin === "served" || ',
    replace: "if (record.isAdmin || ",
    breaks: "a command that waits is shown twice",
    checks: [BESIDE_REDIS],
  },
  {
    name: "monitor-in-silence",
    room: "session",
    find: 'if (session.replyMode === "off" || session.replyMode === "skip") continue;',
    replace: 'if (session.replyMode === "off") continue;',
    breaks: "a monitor that skips one reply is shown lines meanwhile",
    checks: [BESIDE_REDIS],
  },
  {
    name: "monitor-for-ever",
    room: "session",
    find: "if (!this.#sessions.delete(session) || this.#sessions.size > 0) return;",
    replace: "if (!this.#sessions.delete(session) || this.#sessions.size >= 0) return;",
    breaks: "every command is looked at after the last monitor has gone",
    checks: [MONITOR],
  },
  {
    name: "monitor-reads",
    room: "session",
    find: "  if (session.isMonitor) bits |= Rule.follower;\n",
    replace: "",
    breaks: "a monitor runs commands that Redis refuses it",
    checks: [BESIDE_REDIS],
  },
];
