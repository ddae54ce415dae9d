/** The forms in which Redis has saved values before 7.0, written as it wrote them. */
import { RdbWriter } from "../impl/rdb/writer.ts";

const HEADER_BYTES = 10;

/** A ziplist of values; those that look like integers are integers. */
export function ziplist(values: readonly string[]): Uint8Array {
  const entries: Buffer[] = [];
  let before = 0;
  for (const value of values) {
    const entry = Buffer.concat([previous(before), content(value)]);
    before = entry.length;
    entries.push(entry);
  }
  const body = Buffer.concat(entries);
  const list = Buffer.concat([Buffer.alloc(HEADER_BYTES), body, Buffer.from([0xff])]);
  list.writeUInt32LE(list.length, 0);
  list.writeUInt32LE(HEADER_BYTES + body.length - before, 4);
  list.writeUInt16LE(Math.min(values.length, 0xffff), 8);
  return list;
}

function previous(lengthBytes: number): Buffer {
  if (lengthBytes < 254) return Buffer.from([lengthBytes]);
  const long = Buffer.alloc(5, 0xfe);
  long.writeUInt32LE(lengthBytes, 1);
  return long;
}

function content(value: string): Buffer {
  if (/^(?:0|-?[1-9][0-9]{0,18})$/.test(value)) {
    const integer = integerContent(BigInt(value));
    if (integer !== null) return integer;
  }
  const bytes = Buffer.from(value, "latin1");
  const { length } = bytes;
  const long = Buffer.alloc(5, 0x80);
  long.writeUInt32BE(length, 1);
  const head =
    length < 64
      ? Buffer.from([length])
      : length < 16_384
        ? Buffer.from([0x40 | (length >> 8), length & 0xff])
        : long;
  return Buffer.concat([head, bytes]);
}

/** Encodings of integers with their widths, the narrowest first. */
const WIDTHS = [
  [0xfe, 1],
  [0xc0, 2],
  [0xf0, 3],
  [0xd0, 4],
  [0xe0, 8],
] as const;

function integerContent(value: bigint): Buffer | null {
  if (value >= 0n && value <= 12n) return Buffer.from([0xf1 + Number(value)]);
  for (const [encoding, width] of WIDTHS) {
    const bits = width * 8;
    if (BigInt.asIntN(bits, value) !== value) continue;
    const whole = Buffer.alloc(8);
    whole.writeBigInt64LE(value);
    return Buffer.concat([Buffer.from([encoding]), whole.subarray(0, width)]);
  }
  return null;
}

/** A zipmap of names and values in turn, with some unused bytes behind the first value. */
export function zipmap(texts: readonly string[]): Uint8Array {
  const pieces: (Buffer | Uint8Array)[] = [Buffer.from([Math.min(texts.length / 2, 254)])];
  for (const [i, text] of texts.entries()) {
    const bytes = Buffer.from(text, "latin1");
    pieces.push(previous(bytes.length));
    const unused = i === 1 ? 3 : 0;
    if (i % 2 === 1) pieces.push(Buffer.from([unused]));
    pieces.push(bytes, Buffer.alloc(unused));
  }
  return Buffer.concat([...pieces, Buffer.from([0xff])]);
}

/** A value as it stands in a file: its type byte, and what is behind it. */
export interface OldValue {
  readonly type: "list" | "hash" | "zset";
  readonly bytes: Uint8Array;
}

/** The same values in every form that Redis has given up: of `texts`, even in number and different. */
export function oldValues(texts: readonly string[]): readonly OldValue[] {
  const scored = texts.map((text, i) => [text, SCORES[i % SCORES.length]!] as const);
  const half = texts.length / 2;
  return [
    { type: "list", bytes: written(1, (writer) => strings(writer, texts)) },
    { type: "list", bytes: written(10, (writer) => packed(writer, ziplist(texts))) },
    {
      type: "list",
      bytes: written(14, (writer) => {
        writer.length(3);
        packed(writer, ziplist(texts.slice(0, half)));
        packed(writer, ziplist([]));
        packed(writer, ziplist(texts.slice(half)));
      }),
    },
    { type: "hash", bytes: written(9, (writer) => packed(writer, zipmap(texts))) },
    { type: "hash", bytes: written(13, (writer) => packed(writer, ziplist(texts))) },
    {
      type: "zset",
      bytes: written(3, (writer) => {
        writer.length(scored.length);
        for (const [text, score] of scored) {
          writer.textString(text);
          textScore(writer, score);
        }
      }),
    },
    { type: "zset", bytes: written(12, (writer) => packed(writer, ziplist(scored.flat()))) },
  ];
}

const SCORES = ["1", "-2.5", "inf", "-inf", "0", "1e300", "9007199254740993", "3"];
const LENGTH_OF_INFINITY: Readonly<Record<string, number>> = { inf: 254, "-inf": 255 };

function textScore(writer: RdbWriter, score: string): void {
  const special = LENGTH_OF_INFINITY[score];
  writer.byte(special ?? score.length);
  if (special === undefined) writer.text(score);
}

function written(rdbType: number, write: (writer: RdbWriter) => void): Uint8Array {
  const writer = new RdbWriter();
  writer.byte(rdbType);
  write(writer);
  return writer.bytes();
}

function strings(writer: RdbWriter, texts: readonly string[]): void {
  writer.length(texts.length);
  for (const text of texts) writer.textString(text);
}

function packed(writer: RdbWriter, bytes: Uint8Array): void {
  writer.string(bytes, 0, bytes.length);
}
