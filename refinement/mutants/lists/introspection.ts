/** Bugs in what a server says of itself. */
import { unit } from "../checks.ts";
import type { Mutant } from "../mutant.ts";

const MONITOR = unit("impl/commands/introspection/monitor.test.ts");
const METRICS = unit("impl/server/metrics/metrics.test.ts");
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
  {
    name: "page-under-any-name",
    room: "server",
    find: 'return isIP(name) === 4 || name === "localhost" || bound.includes(name);',
    replace: "return isIP(name) === 4 || name !== bound.join();",
    breaks: "a page elsewhere reads what the server shows, by a name that it points here",
    checks: [METRICS],
  },
  {
    name: "ready-while-loading",
    room: "server",
    find: 'if (core.instance.persistence.loading !== null) return [503, PLAIN, "loading\\n"];',
    replace: "",
    breaks: "a server that loads is sent traffic",
    checks: [METRICS],
  },
  {
    name: "slow-arguments-by-http",
    room: "server",
    find: "arguments: entry.args.length - 1,",
    replace: "arguments: entry.args.slice(1).join(),",
    breaks: "the page shows data without a password",
    checks: [METRICS],
  },
  {
    name: "counters-add-up",
    room: "server",
    find: "      metric.reset();\n",
    replace: "",
    breaks: "each scrape adds the counters to those of the one before",
    checks: [METRICS],
  },
  {
    name: "failed-script-counts-as-done",
    room: "session",
    find: "if (isError && errorReplies === errorsAttributed) record.failedCalls++;",
    replace: "if (isError && errorReplies < errorsAttributed) record.failedCalls++;",
    breaks: "INFO counts no failure of a script that answers with an error of its command",
    checks: [unit("impl/commands/scripting/statistics.test.ts")],
  },
  {
    name: "role-without-address",
    room: "session",
    find: "  return replica.address || facts.address",
    replace: "  return facts.address",
    breaks: "ROLE and INFO name a replica by where it came from, whatever it says",
    checks: [unit("impl/commands/replication/replication.test.ts")],
  },
];
