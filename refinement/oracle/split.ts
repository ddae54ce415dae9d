/** Takes a raw aggregate apart. */

import { ReplyScanner } from "../../testing/wire/scanner.ts";

/** The raw items of a raw array; none for any other reply, an error or a missing array. */
export function splitArray(raw: string): ReadonlyArray<string> {
  if (raw[0] !== "*" || raw[1] === "-") return [];
  const body = raw.slice(raw.indexOf("\r\n") + 2);
  return new ReplyScanner()
    .push(Buffer.from(body, "latin1"))
    .map((frame) => frame.bytes.toString("latin1"));
}
