import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { ERR } from "../../session/errors.ts";

const UNDER_WAY = "ERR Background save already in progress";

/** SAVE: writes a snapshot, and serves nobody meanwhile. */
export const SAVE: Command = {
  name: "save",
  arity: 1,
  flags: ["admin", "noscript", "no_async_loading", "no_multi"],
  acl: [],
  group: "server",
  since: "1.0.0",
  complexity: "O(N) in the number of keys",
  summary: "Writes a snapshot of all data, and serves nobody meanwhile",
  handler: save,
};

function save({ instance, reply }: Call): void {
  const { snapshots } = instance.persistence;
  if (snapshots.currentSeconds >= 0) reply.error(UNDER_WAY);
  else if (snapshots.save()) reply.ok();
  else reply.error("ERR");
}

/** BGSAVE [SCHEDULE]: writes a snapshot bit by bit. */
export const BGSAVE: Command = {
  name: "bgsave",
  arity: -1,
  flags: ["admin", "noscript", "no_async_loading"],
  acl: [],
  group: "server",
  since: "1.0.0",
  complexity: "O(N) in the number of keys, bit by bit",
  summary: "Writes a snapshot of all data in the background",
  history: [["3.2.2", "`SCHEDULE` is new."]],
  arguments: [
    {
      name: "schedule",
      type: "pure-token",
      token: "SCHEDULE",
      since: "3.2.2",
      flags: ["optional"],
    },
  ],
  handler: backgroundSave,
};

function backgroundSave({ instance, request, reply, origin }: Call): void {
  const { snapshots } = instance.persistence;
  if (request.argc > 2 || (request.argc === 2 && !request.is(1, "schedule"))) {
    reply.error(ERR.syntax);
  } else if (snapshots.currentSeconds >= 0) {
    reply.error(UNDER_WAY);
  } else if (origin === "exec") {
    snapshots.schedule();
    reply.simple("Background saving scheduled");
  } else if (snapshots.begin()) {
    reply.simple("Background saving started");
  } else {
    reply.error("ERR");
  }
}
