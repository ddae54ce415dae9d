import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { requestText } from "../../testing/wire/request.ts";
import { HEADROOM_BYTES, InputBuffer } from "./input.ts";
import { ParseStatus } from "./parser.ts";
import { Request } from "./request.ts";

const MEGABYTE = 1024 * 1024;
const READ_BYTES = 16 * 1024;

function newInput(): InputBuffer {
  return new InputBuffer({ maxBulkBytes: 512 * MEGABYTE });
}

/** A server's shared read buffer: filled with rubbish after every turn, as other reads would. */
class SharedBuffer {
  readonly bytes = Buffer.alloc(HEADROOM_BYTES + READ_BYTES);
  readonly request = new Request();

  /** One read of at most `READ_BYTES` and the connection's turn, of at most `turns` requests. */
  read(input: InputBuffer, piece: Uint8Array, turns = Number.POSITIVE_INFINITY): string[][] {
    this.bytes.set(piece, HEADROOM_BYTES);
    input.feed(this.bytes, HEADROOM_BYTES, HEADROOM_BYTES + piece.length);
    input.verifyInvariants();
    const requests = this.take(input, turns);
    input.rest();
    input.verifyInvariants();
    this.bytes.fill("9");
    return requests;
  }

  /** As `read`, of bytes that go where the connection wants them; what has no room comes later. */
  readAside(input: InputBuffer, area: Uint8Array, piece: Uint8Array): string[][] {
    const length = Math.min(area.length, piece.length);
    area.set(piece.subarray(0, length));
    input.received(length);
    input.verifyInvariants();
    const requests = this.take(input);
    input.rest();
    input.verifyInvariants();
    const rest = piece.subarray(length);
    return rest.length === 0 ? requests : [...requests, ...this.read(input, rest)];
  }

  take(input: InputBuffer, turns = Number.POSITIVE_INFINITY): string[][] {
    const requests: string[][] = [];
    while (requests.length < turns && input.next(this.request) === ParseStatus.ready) {
      requests.push(Array.from({ length: this.request.argc }, (_, i) => this.request.text(i)));
    }
    return requests;
  }
}

function pieces(text: string, size: number): Buffer[] {
  const bytes = Buffer.from(text, "latin1");
  const count = Math.ceil(bytes.length / size);
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

test("whole requests are parsed where they lie and leave nothing behind", () => {
  const shared = new SharedBuffer();
  const input = newInput();
  const text = requestText("SET", "k", "v").repeat(64);
  shared.bytes.write(text, HEADROOM_BYTES);
  input.feed(shared.bytes, HEADROOM_BYTES, HEADROOM_BYTES + text.length);
  expect(input.next(shared.request)).toBe(ParseStatus.ready);
  expect(shared.request.bytes).toBe(shared.bytes);
  expect(input.waiting).toBe(true);
  expect(shared.take(input)).toHaveLength(63);
  input.rest();
  expect(input.waiting).toBe(false);
  expect(input.ownBytes).toBe(0);
});

test("a short remainder goes in front of the next read, which is parsed where it lies", () => {
  const shared = new SharedBuffer();
  const input = newInput();
  const bytes = Buffer.from(requestText("SET", "key", "value"));
  expect(shared.read(input, bytes.subarray(0, 20))).toEqual([]);
  shared.bytes.set(bytes.subarray(20), HEADROOM_BYTES);
  input.feed(shared.bytes, HEADROOM_BYTES, HEADROOM_BYTES + bytes.length - 20);
  expect(input.next(shared.request)).toBe(ParseStatus.ready);
  expect(shared.request.bytes).toBe(shared.bytes);
  expect(shared.request.text(2)).toBe("value");
});

test("a remainder that has no room in front goes to the connection's own buffer", () => {
  const input = newInput();
  const request = new Request();
  const bytes = Buffer.from(requestText("SET", "key", "value"));
  input.feed(bytes, 0, 20);
  expect(input.next(request)).toBe(ParseStatus.more);
  input.rest();
  const second = Buffer.from(bytes.subarray(20));
  input.feed(second, 0, second.length);
  expect(input.next(request)).toBe(ParseStatus.ready);
  expect(request.text(2)).toBe("value");
});

test("requests cut at random places come out as they went in", () => {
  const arg = fc.oneof(
    { weight: 5, arbitrary: fc.string({ maxLength: 20 }) },
    { weight: 1, arbitrary: fc.nat(40_000).map((length) => "v".repeat(length)) },
  );
  const pipeline = fc.array(fc.array(arg, { minLength: 1, maxLength: 5 }), { maxLength: 12 });
  const cuts = fc.array(
    fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: READ_BYTES })),
    {
      minLength: 1,
      maxLength: 20,
    },
  );
  fc.assert(
    fc.property(pipeline, cuts, fc.integer({ min: 1, max: 3 }), (requests, sizes, turns) => {
      const shared = new SharedBuffer();
      const input = newInput();
      const bytes = Buffer.from(requests.map((args) => requestText(...args)).join(""), "latin1");
      const got: string[][] = [];
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const size = bytes.length > 50_000 ? READ_BYTES : sizes[i % sizes.length]!;
        got.push(...shared.read(input, bytes.subarray(at, at + size), turns));
        at += size;
        if (i % 7 === 6) input.shrink(i % 2 === 0 ? 3000 : 0);
      }
      got.push(...shared.take(input));
      expect(got).toEqual(requests);
      expect(input.waiting).toBe(false);
    }),
    { numRuns: 200 },
  );
});

test("a long rest that is read behind its beginning comes out as it went in", () => {
  const arg = fc.nat(60_000).map((length) => "v".repeat(length));
  const pipeline = fc.array(fc.array(arg, { minLength: 1, maxLength: 3 }), { maxLength: 8 });
  const cuts = fc.array(fc.integer({ min: 1, max: READ_BYTES }), { minLength: 1, maxLength: 20 });
  let aside = 0;
  fc.assert(
    fc.property(pipeline, cuts, fc.constantFrom(1, 1000, undefined), (requests, sizes, least) => {
      const shared = new SharedBuffer();
      const input = newInput();
      const bytes = Buffer.from(requests.map((args) => requestText(...args)).join(""), "latin1");
      const got: string[][] = [];
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const area = input.readInto(least);
        // It is idle meanwhile.
        if (i % 3 === 0) input.shrink(3000);
        const size = bytes.length > 50_000 ? READ_BYTES : sizes[i % sizes.length]!;
        const piece = bytes.subarray(at, at + size);
        if (area !== null) aside++;
        got.push(
          ...(area === null ? shared.read(input, piece) : shared.readAside(input, area, piece)),
        );
        at += size;
      }
      expect(got).toEqual(requests);
      expect(input.waiting).toBe(false);
      expect(input.readInto(least)).toBe(null);
    }),
    { numRuns: 200 },
  );
  expect(aside).toBeGreaterThan(100);
});

test("only a long rest is read aside, and no further than it goes", () => {
  const shared = new SharedBuffer();
  const input = newInput();
  const bytes = Buffer.from(requestText("SET", "k", "v".repeat(20_000)));
  expect(input.readInto()).toBe(null);
  shared.read(input, bytes.subarray(0, 2000));
  const area = input.readInto();
  expect(area!.length).toBeLessThanOrEqual(bytes.length - 2000);
  shared.readAside(input, area!, bytes.subarray(2000, 2000 + area!.length));
  for (let at = 2000 + area!.length; at < bytes.length - 100; at += 8000) {
    shared.read(input, bytes.subarray(at, Math.min(at + 8000, bytes.length - 100)));
  }
  expect(input.readInto()).toBe(null);
  expect(shared.read(input, bytes.subarray(-100))).toHaveLength(1);
});

describe("memory", () => {
  test("of a long value there is just the room that it needs, however it arrives", () => {
    const bytes = Buffer.from(requestText("SET", "k", "v".repeat(500_000)));
    const rest = 100;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: READ_BYTES })), (sizes) => {
        const shared = new SharedBuffer();
        const input = newInput();
        for (let at = 0, i = 0; at < bytes.length - rest; i++) {
          const most = Math.min(sizes[i] ?? READ_BYTES, bytes.length - rest - at);
          shared.read(input, bytes.subarray(at, at + most));
          at += most;
        }
        expect(input.ownBytes).toBe(bytes.length);
      }),
      { numRuns: 50 },
    );
  });

  test("a header alone allocates nothing for the value that it announces", () => {
    const shared = new SharedBuffer();
    const input = newInput();
    shared.read(input, Buffer.from("*2\r\n$3\r\nGET\r\n$536870912\r\nabc"));
    expect(input.ownBytes).toBeLessThanOrEqual(256);
  });

  test("a value grows by doubling into a buffer of exactly its request's size", () => {
    const shared = new SharedBuffer();
    const input = newInput();
    const text = requestText("SET", "k", "v".repeat(3 * MEGABYTE));
    const allocations = new Set<number>();
    let arrived = 0;
    for (const piece of pieces(text, READ_BYTES)) {
      arrived += piece.length;
      const requests = shared.read(input, piece);
      expect(input.ownBytes).toBeLessThanOrEqual(Math.max(256, 2 * arrived));
      allocations.add(input.ownBytes);
      if (arrived === text.length) expect(requests[0]![2]).toHaveLength(3 * MEGABYTE);
    }
    expect(allocations.size).toBeLessThan(12);
    expect(input.ownBytes).toBe(text.length);
  });

  test("what has arrived has at most twice its room, also when memory was given back between", () => {
    const bytes = Buffer.from(requestText("SET", "k", "v".repeat(16_384)));
    const reads = fc.tuple(fc.integer({ min: 1, max: 700 }), fc.constantFrom(null, 0, 3000));
    fc.assert(
      fc.property(fc.array(reads, { minLength: 1 }), (cuts) => {
        const shared = new SharedBuffer();
        const input = newInput();
        let arrived = 0;
        for (const [length, idleMs] of cuts) {
          const piece = bytes.subarray(arrived, Math.min(arrived + length, bytes.length - 1));
          shared.read(input, piece);
          arrived += piece.length;
          expect(input.ownBytes).toBeLessThanOrEqual(Math.max(256, 2 * arrived));
          if (idleMs !== null) input.shrink(idleMs);
        }
      }),
    );
  });

  test("many arguments of one request grow by doubling too", () => {
    const shared = new SharedBuffer();
    const input = newInput();
    const text = requestText("MSET", ...Array.from({ length: 400 }, () => "v".repeat(5000)));
    const allocations = new Set<number>();
    for (const piece of pieces(text, READ_BYTES)) {
      shared.read(input, piece);
      allocations.add(input.ownBytes);
    }
    expect(allocations.size).toBeLessThan(24);
  });

  test("requests that wait while a connection is blocked are moved seldom", () => {
    const shared = new SharedBuffer();
    const input = newInput();
    const one = requestText("GET", "k".repeat(70));
    const flood = Buffer.from(one.repeat(150));
    for (let i = 0; i < 50; i++) shared.read(input, flood, 0);
    // The hard case: hardly any room behind what waits, hardly any in front.
    input.shrink(3000);
    expect(shared.take(input, 1)).toHaveLength(1);
    const waiting = input.size;
    const copies = vi.spyOn(Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array, "set");
    for (let i = 0; i < 2000; i++) {
      expect(shared.read(input, Buffer.from(one), 1)).toHaveLength(1);
    }
    const large = copies.mock.calls.filter(([source]) => source.length > waiting / 2);
    copies.mockRestore();
    expect(large.length).toBeLessThanOrEqual(3);
    expect(shared.take(input)).toHaveLength(50 * 150 - 1);
  });

  test("an idle connection gives everything back but what waits", () => {
    const shared = new SharedBuffer();
    const input = newInput();
    for (const piece of pieces(requestText("SET", "k", "v".repeat(100_000)), READ_BYTES)) {
      shared.read(input, piece);
    }
    expect(input.ownBytes).toBeGreaterThan(100_000);
    shared.read(input, Buffer.from("*2\r\n$3\r\nGET\r\n$9\r\nab"));
    input.shrink(2000);
    expect(input.freeBytes).toBeGreaterThan(0);
    input.shrink(2001);
    expect([input.lengthBytes, input.freeBytes]).toEqual([2, 0]);
    expect(shared.read(input, Buffer.from("cdefghi\r\n"))).toEqual([["GET", "abcdefghi"]]);
    input.shrink(2001);
    expect([input.lengthBytes, input.freeBytes, input.ownBytes]).toEqual([0, 0, 0]);
  });

  test("an active connection shrinks to its recent peak", () => {
    const shared = new SharedBuffer();
    const input = newInput();
    for (const piece of pieces(requestText("SET", "k", "v".repeat(400_000)), READ_BYTES)) {
      shared.read(input, piece);
    }
    input.shrink(0);
    expect(input.freeBytes).toBeGreaterThan(400_000);
    shared.read(input, Buffer.from(requestText("SET", "k", "v".repeat(100))));
    input.shrink(0);
    expect(input.ownBytes).toBeLessThan(400);
    expect(input.freeBytes).toBeGreaterThanOrEqual(READ_BYTES);
    expect(input.freeBytes).toBeLessThan(32 * 1024);
  });

  test("a value on its way is not shrunk away between its reads", () => {
    const shared = new SharedBuffer();
    const input = newInput();
    const [first, ...others] = pieces(requestText("SET", "k", "v".repeat(200_000)), READ_BYTES);
    shared.read(input, first!);
    for (const piece of others) {
      const before = input.ownBytes;
      input.shrink(0);
      expect(input.ownBytes).toBe(before);
      shared.read(input, piece);
    }
  });
});

describe("limits and accounting", () => {
  test("qbuf counts the whole turn, and between turns what is not parsed", () => {
    const shared = new SharedBuffer();
    const input = newInput();
    const text = requestText("CLIENT", "LIST");
    shared.bytes.write(`${text}${text}*1\r\n$4\r\nPI`, HEADROOM_BYTES);
    input.feed(shared.bytes, HEADROOM_BYTES, HEADROOM_BYTES + 2 * text.length + 10);
    input.next(shared.request);
    expect(input.lengthBytes).toBe(2 * text.length + 10);
    input.next(shared.request);
    input.next(shared.request);
    input.rest();
    expect(input.lengthBytes).toBe(2);
    expect(input.partialArgumentBytes).toBe(8);
  });

  test("the size counts what waits to be parsed, not whole arguments", () => {
    const shared = new SharedBuffer();
    const input = newInput();
    const value = "v".repeat(MEGABYTE);
    for (const piece of pieces(requestText("MSET", "a", value, "b", value), READ_BYTES)) {
      shared.read(input, piece);
      expect(input.size).toBeLessThan(MEGABYTE + 2);
    }
    expect(input.size).toBe(0);
  });

  test("requests that wait while blocked count", () => {
    const shared = new SharedBuffer();
    const input = newInput();
    for (let i = 0; i < 64; i++) shared.read(input, Buffer.alloc(READ_BYTES, "\r\n"), 0);
    expect(input.size).toBe(MEGABYTE);
  });

  test("a protocol error is reported with its text", () => {
    const input = newInput();
    const bytes = Buffer.from("*1\r\nx\r\n");
    input.feed(bytes, 0, bytes.length);
    expect(input.next(new Request())).toBe(ParseStatus.failed);
    expect(input.parser.error).toBe("ERR Protocol error: expected '$', got 'x'");
  });

  test("a request beyond what offsets can address is refused, without being held", () => {
    const shared = new SharedBuffer();
    const input = new InputBuffer({ maxBulkBytes: 512 * MEGABYTE }, MEGABYTE);
    const args = Array.from({ length: 30 }, () => "v".repeat(MEGABYTE / 20));
    let refused = 0;
    for (const piece of pieces(requestText("MSET", ...args), READ_BYTES)) {
      shared.bytes.set(piece, HEADROOM_BYTES);
      input.feed(shared.bytes, HEADROOM_BYTES, HEADROOM_BYTES + piece.length);
      if (input.next(shared.request) === ParseStatus.failed) refused++;
      input.rest();
      expect(input.ownBytes).toBeLessThanOrEqual(MEGABYTE);
    }
    expect(refused).toBeGreaterThan(1);
    expect(input.parser.error).toBe("ERR Protocol error: too big request");
  });

  test("a turn must end before the next begins", () => {
    const input = newInput();
    const bytes = Buffer.from("PING");
    input.feed(bytes, 0, 4);
    expect(() => input.feed(bytes, 0, 4)).toThrow("the last turn has not ended");
    expect(() => input.shrink(0)).toThrow("the turn has not ended");
  });
});
