/** Names of channels and patterns of them: few enough that messages arrive. */

import fc from "fast-check";
import { pick } from "../values.ts";

/** A channel's name. */
export const channel: fc.Arbitrary<string> = pick(
  [20, fc.constantFrom("news", "news:1", "chat")],
  [2, fc.constantFrom("news:2", "n", "NEWS")],
  [1, fc.constantFrom("", "\x00\xff\r\n", "c".repeat(70), "[n]*", "*")],
);

/** A pattern of channels' names. */
export const channelPattern: fc.Arbitrary<string> = pick(
  [12, fc.constantFrom("*", "news*", "news:?", "[nc]*", "chat")],
  [2, fc.constantFrom("?hat", "news:[1-2]", "\\news", "[^n]*", "n*w*s*", "**")],
  [1, fc.constantFrom("", "[", "[a", "\\", "*\xff*", "nothing*")],
);
