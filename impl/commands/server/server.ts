import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { infoText } from "../introspection/info.ts";

/** TIME: seconds and microseconds, read now and not once per batch. */
export const TIME: Command = {
  name: "time",
  consultsNoData: true,
  arity: 1,
  flags: ["loading", "stale", "fast"],
  acl: [],
  tips: ["nondeterministic_output"],
  group: "server",
  since: "2.6.0",
  complexity: "O(1)",
  summary: "Shows the server's time",
  handler: time,
};

function time(call: Call): void {
  const nowUs = call.instance.clock.wallUs();
  call.reply.array(2);
  call.reply.bulkText(String(Math.floor(nowUs / 1_000_000)));
  call.reply.bulkText(String(nowUs % 1_000_000));
}

/** INFO: the sections that are asked for. */
export const INFO: Command = {
  name: "info",
  consultsNoData: true,
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
};

function info(call: Call): void {
  const words: string[] = [];
  for (let i = 1; i < call.request.argc; i++) words.push(call.request.text(i));
  call.reply.verbatim("txt", infoText(call.instance, words));
}
