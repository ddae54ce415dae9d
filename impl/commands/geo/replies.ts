/** How places and distances are told. */
import { formatHuman } from "../../engine/doubles.ts";
import type { Place } from "../../geometry/cells.ts";
import type { Call } from "../../session/call.ts";

const DECIMALS = 4;
const SCALE = 10 ** DECIMALS;

/** Replies a longitude and a latitude. */
export function replyPlace({ reply }: Call, { longitude, latitude }: Place): void {
  reply.array(2);
  reply.doubleText(formatHuman(longitude));
  reply.doubleText(formatHuman(latitude));
}

/** Replies a distance, which is a text in RESP3, too. */
export function replyDistance({ reply }: Call, distance: number): void {
  const digits = String(toEven(distance * SCALE)).padStart(DECIMALS + 1, "0");
  reply.bulkText(`${digits.slice(0, -DECIMALS)}.${digits.slice(-DECIMALS)}`);
}

/** The nearest integer; of two the even one. */
function toEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest === 0.5) return below % 2 === 0 ? below : below + 1;
  return rest < 0.5 ? below : below + 1;
}
