import type { ShutdownRequest } from "../../ports/server-control.ts";
import type { Call } from "../../session/call.ts";
import type { Argument, Command } from "../../session/command.ts";
import { ERR } from "../../session/errors.ts";
import { REDIS_VERSION } from "../../session/version.ts";
import { infoText } from "../introspection/info.ts";
import { integerArgument } from "../shared/numbers.ts";

/** TIME: seconds and microseconds, read now and not once per batch. */
function time(call: Call): void {
  const nowUs = call.instance.clock.wallUs();
  call.reply.array(2);
  call.reply.bulkText(String(Math.floor(nowUs / 1_000_000)));
  call.reply.bulkText(String(nowUs % 1_000_000));
}

function info(call: Call): void {
  const words: string[] = [];
  for (let i = 1; i < call.request.argc; i++) words.push(call.request.text(i));
  call.reply.verbatim("txt", infoText(call.instance, words));
}

const ART_COLUMNS = 64;
const ART_ROWS = 16;
/** One cell in eight is alive at the start: this share of the 32-bit range. */
const ART_DENSITY = 2 ** 29;

/** LOLWUT [VERSION version]: a picture from chance, and the version of Redis below it. */
function lolwut(call: Call): void {
  const { request, reply } = call;
  const named = request.argc >= 3 && request.is(1, "version");
  if (named && integerArgument(call, 2) === null) return;
  reply.verbatim("txt", `${automaton(call)}\nRedis ver. ${REDIS_VERSION}\n`);
}

/** A cellular automaton by rule 30, which nobody can predict without running it. */
function automaton(call: Call): string {
  let cells = Array.from(
    { length: ART_COLUMNS },
    () => call.instance.random.nextU32() < ART_DENSITY,
  );
  const lines: string[] = [];
  for (let row = 0; row < ART_ROWS; row++) {
    lines.push(cells.map((alive) => (alive ? "#" : " ")).join(""));
    const present = cells;
    cells = present.map((alive, i) => {
      const left = present.at(i - 1) ?? false;
      const right = present[(i + 1) % ART_COLUMNS] ?? false;
      return left !== (alive || right);
    });
  }
  return `${lines.join("\n")}\n`;
}

/** SHUTDOWN: on success there is no reply, the connection just ends. */
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
  if (!instance.control.shutdown(options)) {
    reply.error("ERR Errors trying to SHUTDOWN. Check logs.");
    return;
  }
  instance.block(session, {
    reason: "shutdown",
    untilMs: Number.POSITIVE_INFINITY,
    onTimeout: () => {},
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

function option(word: string): Argument {
  const name = word.toLowerCase();
  return { name, type: "pure-token", token: word, since: "7.0.0", flags: ["optional"] };
}

/** The server itself: https://redis.io/docs/latest/commands/?group=server */
export const server: readonly Command[] = [
  {
    name: "info",
    arity: -1,
    flags: ["loading", "stale"],
    acl: ["dangerous"],
    tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
    group: "server",
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Shows the server's state and statistics",
    history: [["7.0.0", "Several sections at once."]],
    arguments: [{ name: "section", type: "string", flags: ["optional", "multiple"] }],
    handler: info,
  },
  {
    name: "lolwut",
    arity: -1,
    flags: ["readonly", "fast"],
    acl: [],
    group: "server",
    since: "5.0.0",
    summary: "Shows a picture and the version of Redis",
    arguments: [{ name: "version", type: "integer", token: "VERSION", flags: ["optional"] }],
    handler: lolwut,
  },
  {
    name: "shutdown",
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
  },
  {
    name: "time",
    arity: 1,
    flags: ["loading", "stale", "fast"],
    acl: [],
    tips: ["nondeterministic_output"],
    group: "server",
    since: "2.6.0",
    complexity: "O(1)",
    summary: "Shows the server's time",
    handler: time,
  },
];
