/** What a payload is made of, so that it can be changed where that means something. */

/** Bytes of the version and the checksum behind a value. */
export const FOOTER_BYTES = 10;

/** A part of a value: a length, a string with what announces its length, or a double. */
export interface Part {
  readonly kind: "length" | "string" | "double";
  readonly start: number;
  readonly end: number;
  /** Where a string's own bytes begin; they end with it. -1 where it is an integer or compressed. */
  readonly content: number;
}

/** What follows a type byte: lengths, and how often the parts behind one come. */
export const FORMS: Readonly<Record<number, readonly Part["kind"][]>> = {
  0: ["string"],
  1: ["length", "string"],
  2: ["length", "string"],
  4: ["length", "string", "string"],
  5: ["length", "string", "double"],
  9: ["string"],
  10: ["string"],
  11: ["string"],
  12: ["string"],
  13: ["string"],
  14: ["length", "string"],
  16: ["string"],
  17: ["string"],
  18: ["length", "length", "string"],
};
/** A form that nobody knows is read as strings, each behind another. */
const UNKNOWN: readonly Part["kind"][] = ["length", "string", "string"];

/** The parts of a sound value, its type byte and its footer left out. */
export function partsOf(payload: Uint8Array): readonly Part[] {
  const end = payload.length - FOOTER_BYTES;
  const [first, ...repeated] = FORMS[payload[0]!] ?? UNKNOWN;
  const parts: Part[] = [];
  let at = 1;
  const take = (kind: Part["kind"]): boolean => {
    const part = partAt(payload, at, end, kind);
    if (part === null) return false;
    parts.push(part);
    at = part.end;
    return true;
  };
  if (!take(first!)) return parts;
  while (repeated.length > 0 && at < end) if (!repeated.every(take)) break;
  return parts;
}

function partAt(bytes: Uint8Array, at: number, end: number, kind: Part["kind"]): Part | null {
  const part = (to: number, content: number): Part | null =>
    to <= end ? { kind, start: at, end: to, content } : null;
  if (kind === "double") return part(at + 8, at);
  const first = bytes[at] ?? 0;
  if (kind === "string" && first >= 0xc0) {
    if (first < 0xc3) return part(at + 1 + 2 ** (first - 0xc0), -1);
    const held = lengthAt(bytes, at + 1);
    const whole = lengthAt(bytes, held.end);
    return part(whole.end + held.value, -1);
  }
  const length = lengthAt(bytes, at);
  return kind === "length" ? part(length.end, -1) : part(length.end + length.value, length.end);
}

function lengthAt(bytes: Uint8Array, at: number): { readonly value: number; readonly end: number } {
  const first = bytes[at] ?? 0;
  if (first < 0x40) return { value: first, end: at + 1 };
  if (first < 0x80) return { value: ((first & 0x3f) << 8) | (bytes[at + 1] ?? 0), end: at + 2 };
  let value = 0;
  for (let i = 1; i <= 4; i++) value = value * 256 + (bytes[at + i] ?? 0);
  return { value, end: at + 5 };
}

/** Types whose values Redis makes room for before it reads them. */
const ROOM_FIRST: ReadonlySet<number> = new Set([2, 4, 5]);
/** Redis takes minutes to free a table of billions of slots. */
const MOST_ROOM = 2 ** 24;

/** Whether Redis would make a huge table, only to find that the payload ends. */
export function makesHugeTable(payload: Uint8Array): boolean {
  if (!ROOM_FIRST.has(payload[0] ?? 0)) return false;
  const first = payload[1] ?? 0;
  return first >= 0x81 || lengthAt(payload, 1).value > MOST_ROOM;
}

/** Bytes one behind the other. */
export function joined(...pieces: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  return Uint8Array.from(pieces.flatMap((piece) => [...piece]));
}

/** A length in the form that Redis gives it, or in a longer one. */
export function encodedLength(
  value: number | bigint,
  form: "short" | "long" | "longest",
): number[] {
  const big = BigInt.asUintN(64, BigInt(value));
  if (form === "short" && big < 0x40n) return [Number(big)];
  if (form === "short" && big < 0x4000n) return [0x40 | Number(big >> 8n), Number(big & 255n)];
  const width = form === "longest" || big >= 2n ** 32n ? 8 : 4;
  const digits = Array.from({ length: width }, (_, i) =>
    Number((big >> BigInt(8 * (width - 1 - i))) & 255n),
  );
  return [width === 8 ? 0x81 : 0x80, ...digits];
}
