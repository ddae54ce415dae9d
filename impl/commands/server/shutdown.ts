import type { ShutdownRequest } from "../../ports/server-control.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import type { Argument } from "../../session/command-declaration.ts";
import { ERR } from "../../session/errors.ts";

function option(word: string): Argument {
  const name = word.toLowerCase();
  return { name, type: "pure-token", token: word, since: "7.0.0", flags: ["optional"] };
}

/** SHUTDOWN: on success there is no reply, the connection just ends. */
export const SHUTDOWN: Command = {
  name: "shutdown",
  consultsNoData: true,
  arity: -1,
  flags: ["admin", "noscript", "loading", "stale", "no_multi", "allow_busy"],
  acl: [],
  group: "server",
  since: "1.0.0",
  complexity: "O(N) in the number of keys when it saves, otherwise O(1)",
  summary: "Saves the data where that is configured, and ends the server",
  history: [["7.0.0", "The options NOW, FORCE and ABORT."]],
  arguments: [
    {
      name: "nosave_save",
      type: "oneof",
      flags: ["optional"],
      arguments: [
        { name: "nosave", type: "pure-token", token: "NOSAVE" },
        { name: "save", type: "pure-token", token: "SAVE" },
      ],
    },
    option("NOW"),
    option("FORCE"),
    option("ABORT"),
  ],
  handler: shutdown,
};

const FAILED = "ERR Errors trying to SHUTDOWN. Check logs.";

function shutdown(call: Call): void {
  const { instance, session, reply } = call;
  const options = shutdownOptions(call);
  if (options === null) {
    reply.error(ERR.syntax);
    return;
  }
  if (options === "abort") {
    if (instance.control.abortShutdown()) reply.ok();
    else reply.error("ERR No shutdown in progress.");
    return;
  }
  if (instance.isBusy && options.save !== "no") {
    reply.error(instance.scripts.busyError);
    return;
  }
  if (!instance.control.shutdown(options)) {
    reply.error(FAILED);
    return;
  }
  instance.clients.block(session, {
    reason: "shutdown",
    untilMs: Number.POSITIVE_INFINITY,
    // SHUTDOWN ABORT.
    onTimeout: ({ reply: late }) => late.error(FAILED),
    postponed: null,
  });
}

/** Null when the options are wrong or contradict each other. */
function shutdownOptions({ request }: Call): ShutdownRequest | "abort" | null {
  const given = new Set<string>();
  for (let i = 1; i < request.argc; i++) {
    const word = request.text(i).toLowerCase();
    if (!SHUTDOWN_OPTIONS.has(word)) return null;
    given.add(word);
  }
  if (given.has("abort")) return given.size === 1 ? "abort" : null;
  if (given.has("save") && given.has("nosave")) return null;
  const save = given.has("save") ? "yes" : given.has("nosave") ? "no" : "default";
  return { save, now: given.has("now"), force: given.has("force") };
}

const SHUTDOWN_OPTIONS: ReadonlySet<string> = new Set(["nosave", "save", "now", "force", "abort"]);
