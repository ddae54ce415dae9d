import type { ReplyWriter } from "../../resp/reply.ts";

const BIG_NUMBER = "1234567999999999999999999999999999999";

/** What DEBUG PROTOCOL answers for each type: client libraries test their parsers with it. */
export const PROTOCOL_SAMPLES: ReadonlyMap<string, (reply: ReplyWriter) => void> = new Map([
  ["string", (reply) => reply.bulkText("Hello World")],
  ["integer", (reply) => reply.integer(12345)],
  ["double", (reply) => reply.doubleText("3.141")],
  ["bignum", bigNumber],
  ["null", (reply) => reply.nil()],
  ["array", (reply) => writeThree(reply, () => reply.array(3))],
  ["set", (reply) => writeThree(reply, () => reply.set(3))],
  ["map", map],
  ["attrib", attribute],
  ["push", push],
  ["verbatim", (reply) => reply.verbatim("txt", "This is a verbatim\nstring")],
  ["true", (reply) => reply.bool(true)],
  ["false", (reply) => reply.bool(false)],
]);

function bigNumber(reply: ReplyWriter): void {
  if (reply.protocol === 2) reply.bulkText(BIG_NUMBER);
  else reply.raw(`(${BIG_NUMBER}\r\n`);
}

function writeThree(reply: ReplyWriter, open: () => void): void {
  open();
  for (let i = 0; i < 3; i++) reply.integer(i);
}

function map(reply: ReplyWriter): void {
  reply.map(3);
  for (let i = 0; i < 3; i++) {
    reply.integer(i);
    reply.bool(i === 1);
  }
}

/** An attribute is no reply by itself: a reply follows. */
function attribute(reply: ReplyWriter): void {
  if (reply.protocol === 3) {
    reply.raw("|1\r\n");
    reply.bulkText("key-popularity");
    reply.array(2);
    reply.bulkText("key:123");
    reply.integer(90);
  }
  reply.bulkText("Some real reply following the attribute");
}

/** A push is no reply by itself either. */
function push(reply: ReplyWriter): void {
  if (reply.protocol === 2) {
    reply.error("ERR RESP2 is not supported by this command");
    return;
  }
  reply.push(2);
  reply.bulkText("server-cpu-usage");
  reply.integer(42);
  reply.bulkText("Some real reply following the push reply");
}
