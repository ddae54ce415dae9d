/** How commands, replies and steps look in a report: as one would type them into redis-cli. */

import type { Arg, Sequence, Step } from "../generators/step.ts";
import { encode, isDeterministic, type Reply } from "./model.ts";

/** Quotes an argument the way redis-cli reads it. */
export function quote(bytes: string): string {
  if (/^[\x21\x23-\x26\x28-\x5b\x5d-\x7e]+$/.test(bytes)) return bytes;
  return `"${escapeBytes(bytes)}"`;
}

/** Bytes as printable text: a run of one repeated unit is shortened only by `shorten`. */
export function escapeBytes(bytes: string): string {
  return bytes.replace(/[\\"]|[^\x20-\x7e]/g, (c) => {
    if (c === "\r") return "\\r";
    if (c === "\n") return "\\n";
    if (c === '"' || c === "\\") return `\\${c}`;
    return `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}

/** The bytes of a reply on one line, cut when they are many. */
export function showReply(bytes: string): string {
  const text = escapeBytes(bytes);
  return text.length <= 600 ? text : `${text.slice(0, 600)}… (${bytes.length} bytes)`;
}

/** A command line for redis-cli; a connection's id is written as `<id of 1>`. */
export function showCommand(args: ReadonlyArray<Arg>): string {
  return args.map(showArg).join(" ");
}

function showArg(arg: Arg): string {
  if (typeof arg === "string") return quote(arg);
  return "client" in arg ? `<id of ${arg.client}>` : `<what is in use and ${arg.roomBytes}>`;
}

/** One step, with the number of its connection in front. */
export function showStep(step: Step): string {
  if (step._tag === "Wait") return `   (wait ${step.ms} ms)`;
  if (step._tag === "Disconnect") return `${step.connection}> (disconnect)`;
  return `${step.connection}> ${showCommand(step.invocation.args)}`;
}

/** A whole sequence, one step a line. */
export function showSequence(sequence: Sequence): string {
  const hello = sequence.protocols.flatMap((protocol, at) =>
    protocol === 3 ? [`${at}> HELLO 3`] : [],
  );
  return [...hello, ...sequence.steps.map(showStep)].join("\n");
}

/** A reply that the model expects: its bytes, or its shape where a part is free. */
export function showExpected(reply: Reply, protocol: 2 | 3): string {
  switch (reply._tag) {
    case "Satisfies":
      return `<${reply.name}>`;
    case "OneOf":
      return `one of ${reply.options.map((one) => showExpected(one, protocol)).join(" | ")}`;
    case "Unordered":
      return `in any order ${reply.items.map((one) => showExpected(one, protocol)).join("")}`;
    case "In":
      return showExpected(reply.reply, reply.protocol);
    case "Array":
    case "Set":
    case "Map": {
      const items = reply._tag === "Map" ? reply.entries.flat() : reply.items;
      if (isDeterministic(reply)) return showReply(encode(reply, protocol));
      return `${reply._tag}(${items.map((one) => showExpected(one, protocol)).join(" ")})`;
    }
    default:
      return showReply(encode(reply, protocol));
  }
}
