import { assert, CHECKED } from "../assert.ts";
import { type Keyspace, MAX_PREFETCH } from "../engine/keyspace.ts";
import type { InputBuffer } from "../resp/input.ts";
import { ParseStatus } from "../resp/parser.ts";
import { Request } from "../resp/request.ts";
import type { Instance } from "./instance.ts";
import type { Session } from "./session.ts";

/** A keyspace with fewer keys fits the caches by itself. */
export const MIN_KEYS = 10_000;
/** Requests that lie in a buffer above this size are forgotten at once, lest they keep it alive. */
const KEPT_BUFFER_BYTES = 128 * 1024;
/** Longer arguments are no usual keys: hashing them is likely for nothing. */
const MAX_KEY_BYTES = 64;

/**
 * Hands out the requests of a connection one by one, and meanwhile looks at those behind them.
 *
 * Where a pipeline of requests has arrived, the keys of the next few are hashed together and what
 * their look-ups will read is brought into the processor's caches. A look-up waits for memory
 * twice, for the slot and for the entry, and that is most of its cost when there are many keys;
 * waiting for sixteen at once costs little more than waiting for one.
 *
 * It only looks: no request counts as taken before `next` has returned it, and argument 1 is
 * treated as a key whether it is one or not.
 */
export class LookAhead {
  readonly #instance: Instance;
  readonly #requests = Array.from({ length: MAX_PREFETCH }, () => new Request());
  readonly #hashes = new Int32Array(MAX_PREFETCH);
  /** It looks ahead only in databases of at least so many keys. Tests look always. */
  minKeys = MIN_KEYS;
  #count = 0;
  #next = 0;
  /** The first requests of connections that are about to have their turns. */
  readonly #firsts = Array.from({ length: MAX_PREFETCH }, () => new Request());
  /** How many connections were looked at, and which of their first requests were there. */
  #firstCount = 0;
  readonly #isFirstThere = new Uint8Array(MAX_PREFETCH);
  /** The first request of the connection that has its turn, if that was looked at. */
  #first: Request | null = null;
  /** What the parser said last: why `next` has returned null. */
  status: ParseStatus = ParseStatus.more;

  constructor(instance: Instance) {
    this.#instance = instance;
  }

  /** Takes the next request from `input`, valid until the next call; null when none is complete. */
  next(session: Session, input: InputBuffer): Request | null {
    if (!input.waiting) {
      this.status = ParseStatus.more;
      return null;
    }
    // What was read ahead by a client that must authenticate now is judged by other limits.
    if (input.parser.authRequired) this.reset();
    if (this.#first !== null) {
      const request = this.#first;
      this.#first = null;
      input.take(request);
      return request;
    }
    if (this.#next === this.#count) this.#look(session, input);
    if (this.#next < this.#count) {
      const request = this.#requests[this.#next++]!;
      input.take(request);
      return request;
    }
    const request = this.#requests[0]!;
    request.keyHashed = false;
    request.owner = null;
    this.status = input.next(request);
    return this.status === ParseStatus.ready ? request : null;
  }

  /** Looks at the first request of the connection that will be the `i`th to have its turn, from 0 on. */
  lookAtFirst(i: number, input: InputBuffer): void {
    if (CHECKED) assert(i >= 0 && i < MAX_PREFETCH, "so many connections are looked at together");
    this.#firstCount = i + 1;
    this.#isFirstThere[i] = input.peekOne(this.#firsts[i]!) ? 1 : 0;
  }

  /** All connections of this round have been looked at: brings what they need into the caches. */
  prefetchFirsts(session: Session): void {
    const keyspace = this.#instance.data.databases[session.database]!;
    if (this.#firstCount === 1 || keyspace.size < this.minKeys) return;
    prefetchKeys(keyspace, this.#firsts, this.#firstCount, this.#hashes);
  }

  /** The `i`th connection has its turn. */
  beginFirst(i: number): void {
    if (CHECKED) {
      assert(i >= 0 && i < this.#firstCount, "only who was looked at has a turn");
      assert(this.#count === this.#next, "the turn before has ended");
    }
    this.#first = this.#isFirstThere[i] === 1 ? this.#firsts[i]! : null;
  }

  /** Forgets what it has looked at: the connection's turn ends. */
  reset(): void {
    // All requests of a turn lie in one buffer.
    if (this.#requests[0]!.bytes.length > KEPT_BUFFER_BYTES) {
      for (const request of this.#requests) request.clear();
    }
    this.#requests[0]!.owner = null;
    this.#count = 0;
    this.#next = 0;
    this.#first = null;
  }

  /** Throws when what it has looked at contradicts itself. */
  verifyInvariants(): void {
    assert(0 <= this.#next && this.#next <= this.#count, "more was handed out than looked at");
    assert(this.#count <= MAX_PREFETCH && this.#firstCount <= MAX_PREFETCH, "there is room for it");
    for (let i = this.#next; i < this.#count; i++) this.#requests[i]!.verifyInvariants();
    assert(this.#first === null || this.#first.argc > 0, "a first request that is none");
    this.#first?.verifyInvariants();
  }

  /** Throws unless all turns have ended: nothing that was looked at may be handed out later. */
  verifyIdle(): void {
    this.verifyInvariants();
    assert(this.#count === 0 && this.#first === null, "a turn has ended and is not forgotten");
    assert(this.#requests[0]!.owner === null, "nobody lets memory go when the turn has ended");
  }

  #look(session: Session, input: InputBuffer): void {
    this.#count = 0;
    this.#next = 0;
    const keyspace = this.#instance.data.databases[session.database]!;
    if (keyspace.size < this.minKeys) return;
    this.#count = input.peek(this.#requests);
    if (this.#count > 1) prefetchKeys(keyspace, this.#requests, this.#count, this.#hashes);
  }
}

/**
 * Hashes the keys of the first `count` requests, those with a usual key, and brings what their
 * look-ups will read into the processor's caches. Argument 1 is treated as the key.
 *
 * @param hashes room for `MAX_PREFETCH` hashes
 */
export function prefetchKeys(
  keyspace: Keyspace,
  requests: readonly Request[],
  count: number,
  hashes: Int32Array,
): void {
  let keys = 0;
  for (let i = 0; i < count; i++) {
    const request = requests[i]!;
    if (CHECKED) assert(i < hashes.length, "there is room for a hash");
    const length = request.lengths[1]!;
    if (request.argc < 2 || length > MAX_KEY_BYTES) continue;
    const hash = keyspace.hash(request.bytes, request.offsets[1]!, length);
    request.keyHash = hash;
    request.keyHashed = true;
    hashes[keys++] = hash;
  }
  keyspace.prefetch(hashes, keys);
}
