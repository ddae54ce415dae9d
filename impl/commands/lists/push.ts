import { type Call, WRONG_TYPE } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { oneKey } from "../../session/command-declaration.ts";
import { LIST_TYPE } from "../../types/list/view.ts";
import { KEY } from "../shared/arguments.ts";
import { LIST_EVENT } from "./events.ts";
import { ELEMENT, LIST } from "./facts.ts";
import { type End, listOf, newList } from "./view.ts";

/** What the four commands that push have in common. */
const PUSH = {
  ...LIST,
  arity: -3,
  flags: ["write", "denyoom", "fast"],
  keySpecs: oneKey("RW", "insert"),
  complexity: "O(1) for each element",
  arguments: [KEY, { ...ELEMENT, flags: ["multiple"] }],
} as const;

/** LPUSH: elements at the left end of a list, one after the other. */
export const LPUSH: Command = {
  ...PUSH,
  name: "lpush",
  constantTime: true,
  since: "1.0.0",
  summary: "Puts elements in at the left end of a list, which it makes if there is none",
  history: [["2.4.0", "Several elements at once."]],
  handler: (call) => push(call, "left", true),
};

/** RPUSH: elements at the right end of a list, one after the other. */
export const RPUSH: Command = {
  ...PUSH,
  name: "rpush",
  constantTime: true,
  since: "1.0.0",
  summary: "Puts elements in at the right end of a list, which it makes if there is none",
  history: [["2.4.0", "Several elements at once."]],
  handler: (call) => push(call, "right", true),
};

/** LPUSHX: LPUSH onto a list that is there. */
export const LPUSHX: Command = {
  ...PUSH,
  name: "lpushx",
  constantTime: true,
  since: "2.2.0",
  summary: "Puts elements in at the left end of a list, if there is one",
  history: [["4.0.0", "Several elements at once."]],
  handler: (call) => push(call, "left", false),
};

/** RPUSHX: RPUSH onto a list that is there. */
export const RPUSHX: Command = {
  ...PUSH,
  name: "rpushx",
  constantTime: true,
  since: "2.2.0",
  summary: "Puts elements in at the right end of a list, if there is one",
  history: [["4.0.0", "Several elements at once."]],
  handler: (call) => push(call, "right", false),
};

function push(call: Call, end: End, creates: boolean): void {
  const { keyspace, request, reply } = call;
  const ref = call.writeOf(LIST_TYPE, 1);
  if (ref === WRONG_TYPE) return;
  if (ref === 0 && !creates) {
    reply.integer(0);
    return;
  }
  const list = ref === 0 ? newList(call, 1) : listOf(call, ref);
  try {
    list.pushArguments(request, 2, request.argc, end === "left");
  } catch (error) {
    if (ref === 0) keyspace.remove(list.ref);
    throw error;
  }
  call.changed(1, end === "left" ? LIST_EVENT.lpush : LIST_EVENT.rpush, request.argc - 2);
  reply.integer(list.length);
}
