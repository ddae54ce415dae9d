/**
 * Libraries of functions in Redis' RDB format: their code behind an opcode, where a key could stand.
 * FUNCTION DUMP writes the same, with the footer of DUMP.
 *
 * Source: rdb.h of Redis, and what redis-server writes.
 */
import { latin1 } from "../resp/request.ts";
import { Opcode } from "./form.ts";
import { isSound, sealPayload, valueLength } from "./payload.ts";
import { RdbReader } from "./reader.ts";
import { RdbWriter } from "./writer.ts";

/** A payload is written in pieces of this size. */
const CHUNK_BYTES = 4096;

/** Writes libraries, given by their code. */
export function writeLibraries(writer: RdbWriter, codes: Iterable<Uint8Array>): void {
  for (const code of codes) {
    writer.byte(Opcode.library);
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
    const isLibrary = opcode === Opcode.library || opcode === Opcode.libraryOfOld;
    if (!isLibrary) return "given type is not a function";
    codes.push(readLibrary(reader, opcode));
    if (reader.damage !== null) return "Failed loading library payload";
  }
  return codes;
}

/** The code of the library that comes behind an opcode of one. Of no use once there is damage. */
export function readLibrary(reader: RdbReader, opcode: number): Uint8Array {
  return opcode === Opcode.library ? takeString(reader) : takeOfOld(reader);
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
