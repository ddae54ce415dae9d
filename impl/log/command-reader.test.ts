import { expect, test } from "vitest";
import { lineText } from "../../testing/wire/request.ts";
import { MAX_PREFETCH } from "../engine/keyspace.ts";
import { ParseStatus } from "../resp/parser.ts";
import type { Request } from "../resp/request.ts";
import { CommandReader } from "./command-reader.ts";

function bytesOf(...commands: readonly string[]): Buffer {
  return Buffer.from(commands.map(lineText).join(""), "latin1");
}

function textOf(request: Request): string {
  return Array.from({ length: request.argc }, (_, i) => request.text(i)).join(" ");
}

/** Reads everything; what was expected before each command goes into `expected`. */
function readAll(bytes: Uint8Array, expected: string[][] = []): string[] {
  const reader = new CommandReader({
    expect: (requests, count) => expected.push(requests.slice(0, count).map(textOf)),
  });
  const commands: string[] = [];
  for (let at = 0; at < bytes.length; at += reader.usedBytes) {
    const request = reader.next(bytes, at, bytes.length);
    if (request === null) break;
    commands.push(textOf(request));
  }
  return commands;
}

test("commands come in order, and those ahead are expected in the same order", () => {
  const commands = Array.from({ length: 2 * MAX_PREFETCH + 3 }, (_, i) => `SET key:${i} ${i}`);
  const expected: string[][] = [];
  expect(readAll(bytesOf(...commands), expected)).toEqual(commands);
  expect(expected.map((batch) => batch.length)).toEqual([MAX_PREFETCH, MAX_PREFETCH, 3]);
  expect(expected.flat()).toEqual(commands);
});

test("a command of an unusual form between usual ones is read in its turn", () => {
  const long = `SET long ${"x".repeat(200_000)}`;
  const many = `DEL ${Array.from({ length: 120 }, (_, i) => `k${i}`).join(" ")}`;
  const commands = ["SET a 1", "SET b 2", long, "SET c 3", many, many, "SET d 4"];
  expect(readAll(bytesOf(...commands))).toEqual(commands);
});

test("nothing of an earlier command's hash is left on a later one", () => {
  const bytes = bytesOf("SET a 1", "SET b 2");
  const reader = new CommandReader({
    expect: (requests, count) => {
      for (let i = 0; i < count; i++) requests[i]!.keyHashed = true;
    },
  });
  expect(reader.next(bytes, 0, bytes.length)?.keyHashed).toBe(true);
  reader.forget();
  const single = bytesOf("SET c 3");
  expect(reader.next(single, 0, single.length)?.keyHashed).toBe(false);
  const inline = Buffer.from("SET d 4\r\n");
  reader.forget();
  expect(reader.next(inline, 0, inline.length)?.keyHashed).toBe(false);
});

test("wherever the bytes end and move, the command is whole in the end", () => {
  const commands = ["SET a 1", "SET bb 22", "PING"];
  const whole = bytesOf(...commands);
  for (let cut = 0; cut < whole.length; cut++) {
    const reader = new CommandReader({ expect: () => {} });
    const read: string[] = [];
    let at = 0;
    const take = (bytes: Uint8Array, start: number, end: number): void => {
      for (let request = reader.next(bytes, start + at, end); request !== null; ) {
        read.push(textOf(request));
        at += reader.usedBytes;
        request = start + at < end ? reader.next(bytes, start + at, end) : null;
      }
    };
    if (cut > 0) take(whole, 0, cut);
    reader.forget();
    const moved = Buffer.concat([Buffer.alloc(7), whole]);
    take(moved, 7, moved.length);
    expect(read).toEqual(commands);
  }
});

test("what is no command fails, with the reason", () => {
  const bytes = Buffer.concat([bytesOf("SET a 1"), Buffer.from("*1\r\n:5\r\n")]);
  const reader = new CommandReader({ expect: () => {} });
  expect(reader.next(bytes, 0, bytes.length)).not.toBeNull();
  expect(reader.next(bytes, reader.usedBytes, bytes.length)).toBeNull();
  expect(reader.status).toBe(ParseStatus.failed);
  expect(reader.error).toBe("ERR Protocol error: expected '$', got ':'");
});
