/**
 * What redis-server's DUMP says of a stream, down to the nodes that its entries are kept in: no other
 * command shows deleted entries and where nodes end.
 */
import { decompress } from "../../impl/rdb/lzf.ts";
import { nodeBytes } from "../../model/keyspace/index.ts";
import type { Content } from "./type-view.ts";

type Stream = Content<"stream">;
type Node = Stream["nodes"][number];

/** A stream whose nodes are told in another way. */
export type StreamOf<N> = Omit<Stream, "nodes"> & { readonly nodes: readonly N[] };

/** Says what a node is, of its id and its listpack. */
export type NodeReader<N> = (key: bigint, pack: Buffer) => N;

const STREAM_LISTPACKS_2 = 19;
const DELETED = 1n;
const SAME_FIELDS = 2n;

/** Reads the parts of a dump. */
class Dump {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(text: string) {
    this.#bytes = Buffer.from(text, "latin1");
  }

  byte(): number {
    return this.#bytes[this.#at++]!;
  }

  raw(length: number): Buffer {
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  length(first = this.byte()): bigint {
    if (first < 0x40) return BigInt(first);
    if (first < 0x80) return BigInt(((first & 0x3f) << 8) | this.byte());
    return first === 0x80 ? BigInt(this.raw(4).readUInt32BE()) : this.raw(8).readBigUInt64BE();
  }

  count(): number {
    return Number(this.length());
  }

  string(): Buffer {
    const first = this.byte();
    if (first < 0xc0) return this.raw(Number(this.length(first)));
    if (first === 0xc3) {
      const held = this.count();
      const length = this.count();
      return Buffer.from(decompress(this.raw(held), 0, held, length)!);
    }
    const width = 2 ** (first - 0xc0);
    return Buffer.from(String(this.raw(width).readIntLE(0, width)), "latin1");
  }

  text(): string {
    return this.string().toString("latin1");
  }

  id(): bigint {
    const ms = this.length();
    return (ms << 64n) | this.length();
  }

  milliseconds(): bigint {
    return this.raw(8).readBigInt64LE();
  }
}

const idOf = (raw: Buffer): bigint => (raw.readBigUInt64BE(0) << 64n) | raw.readBigUInt64BE(8);

/** The elements of a listpack as texts. */
function elementsOf(pack: Buffer): string[] {
  const elements: string[] = [];
  for (let at = 6; pack[at] !== 0xff; ) {
    const [text, body] = elementAt(pack, at);
    elements.push(text);
    at += body + 1 + [128, 16_383, 2_097_151].filter((border) => body >= border).length;
  }
  return elements;
}

function elementAt(pack: Buffer, at: number): readonly [text: string, bodyBytes: number] {
  const first = pack[at]!;
  const text = (head: number, length: number) =>
    [pack.toString("latin1", at + head, at + head + length), head + length] as const;
  if (first < 0x80) return [String(first), 1];
  if (first < 0xc0) return text(1, first & 0x3f);
  if (first < 0xe0) return [String((((first & 0x1f) << 27) | (pack[at + 1]! << 19)) >> 19), 2];
  if (first < 0xf0) return text(2, ((first & 0x0f) << 8) | pack[at + 1]!);
  if (first === 0xf0) return text(5, pack.readUInt32LE(at + 1));
  if (first === 0xf4) return [String(pack.readBigInt64LE(at + 1)), 9];
  const width = first - 0xef;
  return [String(pack.readIntLE(at + 1, width)), 1 + width];
}

/** The entries of a node, however they are packed. */
function entriesOf(key: bigint, pack: Buffer): Node {
  const elements = elementsOf(pack);
  let at = 0;
  const next = (): string => elements[at++]!;
  const take = (count: number): string[] => Array.from({ length: count }, next);
  const [living, deleted, fieldCount] = take(3).map(Number);
  const names = take(fieldCount!);
  next();
  const part = (of: bigint, delta: string) => BigInt.asUintN(64, of + BigInt(delta));
  return Array.from({ length: living! + deleted! }, () => {
    const flags = BigInt(next());
    const ms = part(key >> 64n, next());
    const id = (ms << 64n) | part(BigInt.asUintN(64, key), next());
    const isAlike = (flags & SAME_FIELDS) !== 0n;
    const fields = isAlike ? names.flatMap((name) => [name, next()]) : take(2 * Number(next()));
    next();
    return { id, fields, deleted: (flags & DELETED) !== 0n };
  });
}

/** The entries of a node that commands have made: packed just as the model says. */
export const nodeOf: NodeReader<Node> = (key, pack) => {
  const node = entriesOf(key, pack);
  // Where the next node begins depends on it; by chance alone it would seldom show.
  const bytes = nodeBytes(node);
  if (bytes !== pack.length)
    throw new Error(`a node has ${pack.length} bytes, and by the model ${bytes}`);
  return node;
};

/** A node that a payload has brought: all that it holds, since commands need not have made it. */
export interface BroughtNode {
  /** Its first entry may have another id. */
  readonly key: bigint;
  /** The same entries may be packed in other ways. */
  readonly pack: string;
  readonly entries: Node;
}

/** A node that a payload has brought, which is kept as it came. */
export const broughtNodeOf: NodeReader<BroughtNode> = (key, pack) => ({
  key,
  pack: pack.toString("latin1"),
  entries: entriesOf(key, pack),
});

/** The stream that a DUMP holds. */
export function streamOf<N>(text: string, readNode: NodeReader<N>): StreamOf<N> {
  const dump = new Dump(text);
  const type = dump.byte();
  if (type !== STREAM_LISTPACKS_2) throw new Error(`a dump of type ${type} is no stream`);
  const many = <A>(read: () => A): A[] => Array.from({ length: dump.count() }, read);
  const nodes = many(() => readNode(idOf(dump.string()), dump.string()));
  dump.length();
  const lastId = dump.id();
  dump.id();
  const maxDeletedId = dump.id();
  const entriesAdded = BigInt.asIntN(64, dump.length());
  const groups = many(() => {
    const name = dump.text();
    const groupLast = dump.id();
    const entriesRead = BigInt.asIntN(64, dump.length());
    const delivered = many(
      () =>
        [idOf(dump.raw(16)), { deliveredMs: dump.milliseconds(), count: dump.length() }] as const,
    );
    const owners = new Map<bigint, string>();
    const consumers = many(() => {
      const consumer = dump.text();
      const seenMs = dump.milliseconds();
      for (const id of many(() => idOf(dump.raw(16)))) owners.set(id, consumer);
      return [consumer, seenMs] as const;
    });
    const pending = delivered.map(
      ([id, { deliveredMs, count }]) =>
        [id, { consumer: owners.get(id)!, deliveredMs, count: BigInt.asIntN(64, count) }] as const,
    );
    const group = {
      lastId: groupLast,
      entriesRead,
      consumers: new Map(consumers),
      pending: new Map(pending),
    };
    return [name, group] as const;
  });
  return { nodes, lastId, maxDeletedId, entriesAdded, groups: new Map(groups) };
}
