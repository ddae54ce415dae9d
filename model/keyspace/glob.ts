/** Glob patterns as KEYS, SCAN and CONFIG GET understand them. */
import type { Bytes } from "./reply.ts";
import { lower } from "./text.ts";

/**
 * Whether the whole text matches the pattern: `*` any run, `?` any byte, `[a-z]` and `[^a-z]` a
 * class, `\x` the byte x. An unclosed class reaches to the end of the pattern.
 */
export const matches = (pattern: Bytes, text: Bytes): boolean =>
  pattern === "*" || matchesName(pattern, text);

/** Like `matches`, but that a star alone does not match the empty text: so are channels, and the keys that users may use. */
export const matchesName = (pattern: Bytes, text: Bytes): boolean => matchFrom(pattern, 0, text, 0);

/** Like `matches`, without regard to ASCII case. */
export const matchesAnyCase = (pattern: Bytes, text: Bytes): boolean =>
  matches(lower(pattern), lower(text));

const matchFrom = (
  pattern: Bytes,
  patternStart: number,
  text: Bytes,
  textStart: number,
): boolean => {
  let p = patternStart;
  let t = textStart;
  while (p < pattern.length && t < text.length) {
    const symbol = pattern[p];
    if (symbol === "*") return matchStar(pattern, p, text, t);
    if (symbol === "[") {
      const [included, end] = matchClass(pattern, p + 1, text.charCodeAt(t));
      if (!included) return false;
      p = end;
    } else {
      if (symbol === "\\" && p + 1 < pattern.length) p += 1;
      if (symbol !== "?" && pattern[p] !== text[t]) return false;
      p += 1;
    }
    t += 1;
  }
  if (t < text.length) return false;
  // Redis skips trailing stars only after it has matched something.
  if (text.length > 0) while (pattern[p] === "*") p += 1;
  return p === pattern.length;
};

const matchStar = (pattern: Bytes, start: number, text: Bytes, textStart: number): boolean => {
  let p = start;
  while (pattern[p] === "*") p += 1;
  if (p === pattern.length) return true;
  for (let t = textStart; t < text.length; t += 1) if (matchFrom(pattern, p, text, t)) return true;
  return false;
};

/** Reads the class whose first byte is at `start`: whether it includes the byte, and its end. */
const matchClass = (pattern: Bytes, start: number, byte: number): [boolean, number] => {
  let p = start;
  const negated = pattern[p] === "^";
  if (negated) p += 1;
  let included = false;
  while (p < pattern.length && pattern[p] !== "]") {
    if (pattern[p] === "\\" && p + 1 < pattern.length) {
      p += 1;
      included ||= pattern.charCodeAt(p) === byte;
    } else if (pattern[p + 1] === "-" && p + 2 < pattern.length) {
      const from = signed(pattern.charCodeAt(p));
      const to = signed(pattern.charCodeAt(p + 2));
      const value = signed(byte);
      included ||= value >= Math.min(from, to) && value <= Math.max(from, to);
      p += 2;
    } else {
      included ||= pattern.charCodeAt(p) === byte;
    }
    p += 1;
  }
  return [included !== negated, Math.min(p + 1, pattern.length)];
};

/** Ranges compare bytes as C's signed characters. */
const signed = (byte: number): number => (byte < 128 ? byte : byte - 256);
