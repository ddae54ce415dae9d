import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Body, canonical, decodeMessage, isDefinite } from "./protocol.ts";
import { Node } from "./serve.ts";
import { Store } from "./store.ts";
import { echo } from "./workloads/echo.ts";
import { linKv } from "./workloads/lin-kv.ts";
import { txnListAppend } from "./workloads/txn-list-append.ts";

let store: Store;
beforeAll(async () => {
  store = await Store.open();
});
afterAll(() => store.close());

let node: Node;
let answers: Body[];
let keys = 0;
/** A key that no other test uses. */
let key: string;

/** Sends one body; returns the answer's, without the number of the request. */
async function ask(body: Body): Promise<Record<string, unknown>> {
  await node.take(JSON.stringify({ src: "c1", dest: "n1", body: { ...body, msg_id: 7 } }));
  const { in_reply_to: number, ...answer } = answers.pop()!;
  expect(number).toBe(7);
  return answer;
}

const init: Body = { type: "init", node_id: "n1", node_ids: ["n1"] };

beforeEach(async () => {
  answers = [];
  keys += 1;
  key = `k${keys}`;
  node = new Node({ ...echo, ...linKv, ...txnListAppend }, store, (line) => {
    answers.push(decodeMessage(line).body);
  });
  expect(await ask(init)).toEqual({ type: "init_ok" });
});

describe("the node", () => {
  it("echoes", async () => {
    expect(await ask({ type: "echo", echo: { a: [1, "é"] } })).toEqual({
      type: "echo_ok",
      echo: { a: [1, "é"] },
    });
  });

  it("says what it does not know, and what it does not understand", async () => {
    expect(await ask({ type: "gossip" })).toMatchObject({ type: "error", code: 10 });
    expect(await ask({ type: "write", key })).toMatchObject({ type: "error", code: 12 });
    expect(await ask({ type: "txn", txn: [["pop", key, 1]] })).toMatchObject({ code: 12 });
    expect(await ask({ type: "init" })).toMatchObject({ type: "error", code: 12 });
    await expect(node.take("{")).rejects.toThrow("not a message");
    await expect(node.take('{"src":"a","dest":"b","body":[]}')).rejects.toThrow("not a message");
  });

  it("answers only who wants an answer", async () => {
    await node.take(JSON.stringify({ src: "c1", dest: "n1", body: { type: "echo", echo: 1 } }));
    expect(answers).toEqual([]);
  });

  it("serves on the first node only, and not before it knows who it is", async () => {
    const second: Body = { type: "init", node_id: "n2", node_ids: ["n1", "n2"] };
    expect(await ask(second)).toEqual({ type: "init_ok" });
    expect(await ask({ type: "read", key })).toMatchObject({ type: "error", code: 11 });
    node = new Node(echo, store, (line) => answers.push(decodeMessage(line).body));
    expect(await ask({ type: "echo", echo: 1 })).toMatchObject({ type: "error", code: 11 });
  });
});

describe("lin-kv", () => {
  it("reads, writes, compares and sets", async () => {
    expect(await ask({ type: "read", key })).toMatchObject({ code: 20 });
    expect(await ask({ type: "cas", key, from: 1, to: 2 })).toMatchObject({ code: 20 });
    expect(await ask({ type: "write", key, value: 1 })).toEqual({ type: "write_ok" });
    expect(await ask({ type: "cas", key, from: 2, to: 3 })).toMatchObject({ code: 22 });
    expect(await ask({ type: "cas", key, from: 1, to: 3 })).toEqual({ type: "cas_ok" });
    expect(await ask({ type: "read", key })).toEqual({ type: "read_ok", value: 3 });
  });

  it("creates where a compare-and-set may", async () => {
    const cas: Body = { type: "cas", key, from: 1, to: 2, create_if_not_exists: true };
    expect(await ask(cas)).toEqual({ type: "cas_ok" });
    expect(await ask(cas)).toMatchObject({ code: 22, text: "expected 1, but had 2" });
  });

  it("keeps any JSON, and tells 1 from its text", async () => {
    const value = { b: [null, "ü\n"], a: 1 };
    await ask({ type: "write", key, value });
    expect(await ask({ type: "read", key })).toEqual({ type: "read_ok", value });
    const swapped = { a: 1, b: [null, "ü\n"] };
    expect(await ask({ type: "cas", key, from: swapped, to: 1 })).toEqual({ type: "cas_ok" });
    expect(await ask({ type: "cas", key, from: "1", to: 2 })).toMatchObject({ code: 22 });
  });

  it("lets one of many concurrent compare-and-sets win", async () => {
    await ask({ type: "write", key, value: 0 });
    const cas = (to: number) => {
      const body = { type: "cas", key, from: 0, to, msg_id: to };
      return node.take(JSON.stringify({ src: "c1", dest: "n1", body }));
    };
    await Promise.all(Array.from({ length: 20 }, (_, at) => cas(at + 1)));
    const winners = answers.filter(({ type }) => type === "cas_ok");
    expect(winners).toHaveLength(1);
    expect(answers.filter(({ code }) => code === 22)).toHaveLength(19);
    const { value } = await ask({ type: "read", key });
    expect(value).toBe(winners[0]!.in_reply_to);
  });
});

describe("txn-list-append", () => {
  it("reads what it appended, in one transaction", async () => {
    const other = `${key}'`;
    const txn = [
      ["r", key, null],
      ["append", key, 1],
      ["append", key, { x: "\n" }],
      ["append", other, 3],
      ["r", key, null],
    ];
    expect(await ask({ type: "txn", txn })).toEqual({
      type: "txn_ok",
      txn: [...txn.slice(0, 4), ["r", key, [1, { x: "\n" }]]],
    });
    expect(await ask({ type: "txn", txn: [["r", other, null]] })).toEqual({
      type: "txn_ok",
      txn: [["r", other, [3]]],
    });
    expect(await ask({ type: "txn", txn: [] })).toEqual({ type: "txn_ok", txn: [] });
  });
});

describe("the protocol", () => {
  it("knows after which errors nothing has happened", () => {
    expect([1, 10, 11, 12, 14, 20, 21, 22, 30].every(isDefinite)).toBe(true);
    expect([0, 13, 1000, undefined, "22"].some(isDefinite)).toBe(false);
  });

  it("writes equal values as equal texts", () => {
    expect(canonical({ b: 1, a: { d: 1, c: [2] } })).toBe('{"a":{"c":[2],"d":1},"b":1}');
  });
});
