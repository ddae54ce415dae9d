/**
 * Libraries of functions in Redis' RDB format: their code behind an opcode, where a key could stand.
 * FUNCTION DUMP writes the same, with the footer of DUMP.
 *
 * Source: rdb.h of Redis, and what redis-server writes.
 */
import { latin1 } from "../resp/request.ts";
import { isSound, sealPayload, valueLength } from "./payload.ts";
import { RdbReader } from "./reader.ts";
import { RdbWriter } from "./writer.ts";

const OPCODE = {
  library: 0xf5,
  /** As release candidates of Redis 7.0 wrote it: name, engine and description beside the code. */
  libraryOfOld: 0xf6,
} as const;

/** A payload is written in pieces of this size. */
const CHUNK_BYTES = 4096;

/** Writes libraries, given by their code. */
export function writeLibraries(writer: RdbWriter, codes: Iterable<Uint8Array>): void {
  for (const code of codes) {
    writer.byte(OPCODE.library);
    writer.string(code, 0, code.length);
  }
}

/** What FUNCTION DUMP answers. */
export function dumpLibraries(codes: Iterable<Uint8Array>): Uint8Array {
  const writer = new RdbWriter(CHUNK_BYTES);
  writeLibraries(writer, codes);
  return sealPayload(writer.bytes());
}

/** The code of each library in what FUNCTION DUMP has written; or why it cannot be read. */
export function readLibraries(
  bytes: Uint8Array,
  offset: number,
  length: number,
): readonly Uint8Array[] | string {
  if (!isSound(bytes, offset, length)) return "DUMP payload version or checksum are wrong";
  const reader = new RdbReader(bytes, offset, offset + valueLength(length));
  const codes: Uint8Array[] = [];
  while (!reader.atEnd) {
    const opcode = reader.byte();
    if (opcode === OPCODE.library) codes.push(takeString(reader));
    else if (opcode === OPCODE.libraryOfOld) codes.push(takeOfOld(reader));
    else return "given type is not a function";
    if (reader.damage !== null) return "Failed loading library payload";
  }
  return codes;
}

/** A copy of the next string. */
function takeString(reader: RdbReader): Uint8Array {
  reader.string();
  const { stringBytes, stringOffset, stringLength } = reader;
  return new Uint8Array(stringBytes.subarray(stringOffset, stringOffset + stringLength));
}

function takeOfOld(reader: RdbReader): Uint8Array {
  const [name, engine] = [takeString(reader), takeString(reader)].map((each) =>
    latin1(each, 0, each.length),
  );
  if (reader.length() !== 0) takeString(reader);
  const header = Buffer.from(`#!${engine} name=${name}\n`, "latin1");
  return Buffer.concat([header, takeString(reader)]);
}
