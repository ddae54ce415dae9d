/** LATENCY: what took long, by event. */
import { always, answer, argument } from "../call.ts";
import type { Meaning } from "../command.ts";
import { commandError } from "../errors.ts";
import { error, oneOf } from "../reply.ts";
import * as shapes from "../shapes.ts";

/** LATENCY LATEST */
export const latest: Meaning = always(
  shapes.list("events", (reply) => reply._tag === "Array" && reply.items.length === 4),
);

/** LATENCY HISTORY event */
export const history: Meaning = always(
  shapes.list("samples", (reply) => reply._tag === "Array" && reply.items.length === 2),
);

/** LATENCY GRAPH event */
export const graph: Meaning = (call) =>
  answer(call, oneOf([shapes.anyText, error(commandError("NoSamples", argument(call, 2)).text)]));

/** LATENCY HISTOGRAM [command ...] */
export const histogram: Meaning = always(
  shapes.table("histograms by command", (value) => shapes.pairsOf(value)?.length === 2),
);
