import { expect, test } from "vitest";
import { BrokenReply, ReplyScanner } from "./scanner.ts";

const replies = [
  "+OK\r\n",
  "-ERR a\rb\r\n",
  ":-42\r\n",
  "$-1\r\n",
  "$0\r\n\r\n",
  "$6\r\na\r\nb\r\n\r\n",
  "*-1\r\n",
  "*0\r\n",
  "*3\r\n$1\r\na\r\n*2\r\n:1\r\n_\r\n#t\r\n",
  "%2\r\n+a\r\n,1.5\r\n+b\r\n%1\r\n:1\r\n:2\r\n",
  "~1\r\n=7\r\ntxt:a\r\n\r\n",
  "(123456789012345678901234567890\r\n",
  "|1\r\n+ttl\r\n:5\r\n+value\r\n",
  ">2\r\n+message\r\n$1\r\nx\r\n",
];

test("replies are cut alike wherever the stream is split", () => {
  const stream = Buffer.from(replies.join(""), "latin1");
  for (let size = 1; size <= stream.length; size++) {
    const scanner = new ReplyScanner();
    const found: Array<string> = [];
    for (let at = 0; at < stream.length; at += size) {
      const frames = scanner.push(stream.subarray(at, at + size));
      found.push(...frames.map((frame) => frame.bytes.toString("latin1")));
    }
    expect(found).toEqual(replies);
    expect(scanner.pendingBytes).toBe(0);
  }
});

test("only pushes are pushes", () => {
  const frames = new ReplyScanner().push(Buffer.from(replies.join(""), "latin1"));
  expect(frames.map((frame) => frame.push)).toEqual(replies.map((reply) => reply[0] === ">"));
});

test.each(["hello\r\n", "$x\r\n", "*1.5\r\n", "$-2\r\n"])("%j is no reply", (bytes) => {
  expect(() => new ReplyScanner().push(Buffer.from(bytes))).toThrow(BrokenReply);
});
