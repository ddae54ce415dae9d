import type { Bytes } from "../bytes.ts";
import { cString } from "../text.ts";

/** The words of a text, as Redis splits a line that holds no quotes. */
export const splitWords = (text: Bytes): ReadonlyArray<Bytes> => {
  const line = cString(text);
  if (/["']/.test(line)) throw new Error("the model splits no quotes");
  return line.split(/[ \t\n\r\v\f]+/).filter((piece) => piece !== "");
};
