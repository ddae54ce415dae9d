/** The clients of a server that is going to crash: what they ask, and what they make of replies. */
import { connectClient, type WireClient } from "../../testing/wire/client.ts";
import { encodeRequest } from "../../testing/wire/request.ts";
import type { Counter } from "./counter.ts";
import type { Draw } from "./disk/image.ts";
import type { Evidence } from "./evidence.ts";
import { Ledger } from "./ledger.ts";
import type { Change } from "./promises.ts";
import { type Reply, readReply } from "./reply.ts";

/** What the clients of one server have in common. */
export interface Shared {
  readonly ledger: Ledger;
  /** Raised by INCR. */
  readonly counter: Counter;
  /** Raised in transactions that watch it; two keys. */
  readonly pair: Counter;
  /** Replies that no server may give. */
  readonly wrongs: string[];
  readonly workers: Worker[];
  /** What the next client is to ask for amid its own requests. */
  readonly orders: Change[];
  readonly counts: { acknowledged: number; reads: number; served: number; timeouts: number };
}

const REGISTERS = 3;
const MAX_BATCH = 8;
/** The log of a writer starts anew at this length. */
const MAX_LOG_CHARS = 2000;
/** The list of what a writer has dealt with starts anew at this length. */
const MAX_DONE = 40;
/** How often a client looks whether another one of its own waits by now. */
const MOST_LOOKS = 500;

/** How long a client waits for a reply. */
const PATIENCE_MS = 20_000;

/** One question, or several that belong together, and what to make of the replies. */
interface Action {
  readonly requests: readonly (readonly string[])[];
  /** @returns what is wrong with the last of the replies, or null */
  check(reply: Reply, evidence: Evidence): string | null;
  /** @returns what is wrong with an error in its place, or null; unless given, the error itself */
  refused?(message: string): string | null;
}

/** One client with keys of its own, which it alone writes and everybody reads. */
export class Worker {
  readonly name: string;
  readonly #shared: Shared;
  readonly #draw: Draw;
  /** By writer the highest number of its writes that this client has seen; replaced, not changed. */
  #seen: ReadonlyMap<string, number> = new Map();
  #sent = 0;

  constructor(name: string, shared: Shared, draw: Draw) {
    this.name = name;
    this.#shared = shared;
    this.#draw = draw;
    shared.ledger.addWriter(name, [
      ...this.#registers(),
      ...["log", "p", "q", "n", "queue", "done", "handed"].map(this.#key),
    ]);
  }

  /**
   * Asks until the connection is gone or `isOver` says so.
   *
   * @param patienceMs how long it waits for a reply before it gives up the connection
   */
  async run(port: number, isOver: () => boolean, patienceMs = PATIENCE_MS): Promise<void> {
    const client = await connectClient(port).catch(() => null);
    if (client === null) return;
    try {
      while (!isOver() && (await this.#round(client, port, patienceMs)));
    } finally {
      client.close();
    }
  }

  /** One batch of actions; false when the connection is of no more use. */
  async #round(client: WireClient, port: number, patienceMs: number): Promise<boolean> {
    if (this.#draw(12) === 0) return await this.#watchAndRaise(client, patienceMs);
    if (this.#draw(8) === 0) return await this.#pushToWaiter(client, port, patienceMs);
    const actions = Array.from({ length: 1 + this.#draw(MAX_BATCH) }, () => this.#choose());
    const askedMs = performance.now();
    const order = this.#shared.orders.shift();
    if (order !== undefined) {
      order.sentMs = askedMs;
      actions.splice(this.#draw(actions.length + 1), 0, carryOut(order));
    }
    client.sendRaw(
      Buffer.concat(actions.flatMap(({ requests }) => requests.map((args) => encodeRequest(args)))),
    );
    for (const action of actions) {
      const reply = await this.#lastReply(client, action.requests.length, patienceMs);
      if (reply === undefined) return false;
      this.#judge(action, reply, { askedMs, atMs: performance.now() });
    }
    return true;
  }

  async #lastReply(
    client: WireClient,
    count: number,
    patienceMs: number,
  ): Promise<Reply | undefined> {
    const { replies, shortage } = await client.receive(count, patienceMs);
    if (shortage === "timeout") this.#shared.counts.timeouts++;
    return shortage === undefined ? readReply(replies.at(-1)!) : undefined;
  }

  #judge(action: Action, reply: Reply, evidence: Evidence): void {
    const wrong = verdict(action, reply, evidence);
    if (wrong === null) return;
    const asked = action.requests.map((args) => args.join(" ")).join("; ");
    this.#shared.wrongs.push(`${this.name} asked ${asked}: ${wrong}`);
  }

  #choose(): Action {
    const choices = [
      () => this.#set(),
      () => this.#set(),
      () => this.#setAndGet(),
      () => this.#remove(),
      () => this.#setTwo(),
      () => this.#append(),
      () => this.#append(),
      () => this.#increment(),
      () => this.#transaction(),
      () => this.#transaction(),
      () => this.#raise(),
      () => this.#push(),
      () => this.#push(),
      () => this.#take(),
      () => this.#pass(),
      () => this.#readQueue(),
      () => this.#readOwn(),
      () => this.#readOther(),
      () => this.#readOther(),
      () => this.#readPair(),
    ];
    return choices[this.#draw(choices.length)]!();
  }

  #set(): Action {
    const key = this.#register();
    return this.#write(
      (value) => [[key, value]],
      (value) => [["SET", key, value, ...(this.#draw(3) === 0 ? ["EX", "100000"] : [])]],
      "OK",
    );
  }

  #setAndGet(): Action {
    const key = this.#register();
    const before = this.#own(key);
    return this.#write(
      (value) => [[key, value]],
      (value) => [["SET", key, value, "GET"]],
      before,
    );
  }

  #remove(): Action {
    const key = this.#register();
    const before = this.#own(key);
    return this.#write(
      () => [[key, null]],
      () => [["DEL", key]],
      before === null ? 0 : 1,
    );
  }

  #setTwo(): Action {
    const [one, other] = this.#registers();
    return this.#write(
      (value) => [
        [one!, value],
        [other!, value],
      ],
      (value) => [["MSET", one!, value, other!, value]],
      "OK",
    );
  }

  #append(): Action {
    const key = this.#key("log");
    const before = this.#own(key) ?? "";
    if (before.length > MAX_LOG_CHARS) {
      return this.#write(
        () => [[key, null]],
        () => [["UNLINK", key]],
        1,
      );
    }
    const part = `${this.#sent + 1};`;
    return this.#write(
      () => [[key, before + part]],
      () => [["APPEND", key, part]],
      before.length + part.length,
    );
  }

  #increment(): Action {
    const key = this.#key("n");
    const after = Number(this.#own(key) ?? 0) + 1;
    return this.#write(
      () => [[key, String(after)]],
      () => [["INCR", key]],
      after,
    );
  }

  /** Elements of a list of this client's, as the ledger has them. */
  #list(name: string): readonly string[] {
    const text = this.#own(this.#key(name));
    return text === null ? [] : text.split(",");
  }

  #push(): Action {
    const [key, before] = [this.#key("queue"), this.#list("queue")];
    return this.#write(
      (value) => [[key, textOf([...before, value])]],
      (value) => [["RPUSH", key, value]],
      before.length + 1,
    );
  }

  /** A blocking pop, which finds something: first of all what a crash kept from who waited for it. */
  #take(): Action {
    const name = this.#list("handed").length > 0 ? "handed" : "queue";
    const [key, before] = [this.#key(name), this.#list(name)];
    if (before.length === 0) return this.#push();
    return this.#write(
      () => [[key, textOf(before.slice(1))]],
      () => [["BLPOP", key, "0"]],
      [key, before[0]!],
    );
  }

  /** An element goes from one list to another. */
  #pass(): Action {
    const [from, to] = [this.#key("queue"), this.#key("done")];
    const [queue, done] = [this.#list("queue"), this.#list("done")];
    if (done.length > MAX_DONE) {
      return this.#write(
        () => [[to, null]],
        () => [["DEL", to]],
        1,
      );
    }
    if (queue.length === 0) return this.#push();
    return this.#write(
      () => [
        [from, textOf(queue.slice(1))],
        [to, textOf([...done, queue[0]!])],
      ],
      () => [["BLMOVE", from, to, "LEFT", "RIGHT", "0"]],
      queue[0]!,
    );
  }

  /**
   * Another connection waits for a list, and is served by a push of this one: the one write right
   * behind the other in the log, each acknowledged to a connection of its own.
   */
  async #pushToWaiter(client: WireClient, port: number, patienceMs: number): Promise<boolean> {
    const { ledger, counts, wrongs } = this.#shared;
    const key = this.#key("handed");
    if (this.#list("handed").length > 0) return true;
    const waiter = await connectClient(port).catch(() => null);
    if (waiter === null) return false;
    try {
      waiter.send(["CLIENT", "ID"]);
      const id = await this.#lastReply(waiter, 1, patienceMs);
      if (id === undefined) return false;
      waiter.send(["BLPOP", key, "0"]);
      if (!(await this.#waits(client, String(id), patienceMs))) return false;
      const [pushed, taken] = [this.#sent + 1, this.#sent + 2];
      const value = `${this.name}.${pushed}`;
      ledger.send(this.name, new Map([[key, value]]), this.#seen);
      ledger.send(this.name, new Map([[key, null]]), this.#seen);
      this.#sent = taken;
      const askedMs = performance.now();
      client.send(["RPUSH", key, value]);
      // Each of the two may be answered although the server dies before the other is.
      const got = await this.#lastReply(waiter, 1, patienceMs);
      if (got !== undefined) {
        ledger.learn(this.name, taken, { askedMs, atMs: performance.now() });
        const wrong = difference(got, [key, value]);
        if (wrong !== null) wrongs.push(`${this.name} waited for ${key}: ${wrong}`);
        counts.acknowledged++;
        counts.served++;
      }
      const length = await this.#lastReply(client, 1, patienceMs);
      if (length === undefined) return false;
      ledger.learn(this.name, pushed, { askedMs, atMs: performance.now() });
      counts.acknowledged++;
      const wrong = difference(length, 1);
      if (wrong !== null) wrongs.push(`${this.name} pushed to ${key}: ${wrong}`);
      return got !== undefined;
    } finally {
      waiter.close();
    }
  }

  /** Looks until a client waits; false when the connection is of no more use. */
  async #waits(client: WireClient, id: string, patienceMs: number): Promise<boolean> {
    for (let looks = 0; looks < MOST_LOOKS; looks++) {
      client.send(["CLIENT", "LIST", "ID", id]);
      const line = await this.#lastReply(client, 1, patienceMs);
      if (line === undefined) return false;
      if (String(line).includes(" flags=b ")) return true;
    }
    return false;
  }

  #transaction(): Action {
    const [p, q] = [this.#key("p"), this.#key("q")];
    return this.#write(
      (value) => [
        [p, value],
        [q, value],
      ],
      (value) => [["MULTI"], ["SET", p, value], ["SET", q, value], ["EXEC"]],
      ["OK", "OK"],
    );
  }

  /** A write of this client's own keys, and the reply that it must get. */
  #write(
    values: (value: string) => readonly (readonly [string, string | null])[],
    requests: (value: string) => Action["requests"],
    expected: Reply,
  ): Action {
    const { ledger, counts } = this.#shared;
    const value = `${this.name}.${this.#sent + 1}`;
    const number = ledger.send(this.name, new Map(values(value)), this.#seen);
    this.#sent = number;
    return {
      requests: requests(value),
      check: (reply, evidence) => {
        ledger.learn(this.name, number, evidence);
        counts.acknowledged++;
        return difference(reply, expected);
      },
    };
  }

  #raise(): Action {
    const { counter, counts } = this.#shared;
    counter.attempt();
    return {
      requests: [["INCR", counter.keys[0]!]],
      check: (reply, evidence) => {
        counter.learn(Number(reply), evidence);
        counts.acknowledged++;
        return typeof reply === "number" ? null : `${reply} is no number`;
      },
    };
  }

  #readOwn(): Action {
    const key = this.#register();
    const expected = this.#own(key);
    return {
      requests: [["GET", key]],
      check: (reply) => {
        this.#shared.counts.reads++;
        return difference(reply, expected);
      },
    };
  }

  #readOther(): Action {
    const other = this.#other();
    const key = this.#draw(3) === 0 ? other.#key("log") : other.#register();
    return {
      requests: [["GET", key]],
      check: (reply, evidence) => this.#showed(other, reply, evidence),
    };
  }

  #readQueue(): Action {
    const other = this.#other();
    return {
      requests: [["LRANGE", other.#key("queue"), "-1", "-1"]],
      check: (reply, evidence) => {
        if (!Array.isArray(reply)) return `${String(reply)} is no list`;
        return this.#showed(other, reply[0] ?? null, evidence);
      },
    };
  }

  /** Both keys of a transaction, in one. */
  #readPair(): Action {
    const other = this.#other();
    return {
      requests: [["MULTI"], ["GET", other.#key("p")], ["GET", other.#key("q")], ["EXEC"]],
      check: (reply, evidence) => {
        if (!Array.isArray(reply) || reply[0] !== reply[1]) {
          return `a transaction was seen in part: ${JSON.stringify(reply)}`;
        }
        return this.#showed(other, reply[0], evidence);
      },
    };
  }

  /** A value of another client's was shown: its last number tells which of its writes that was. */
  #showed(other: Worker, reply: Reply, evidence: Evidence): string | null {
    this.#shared.counts.reads++;
    if (reply === null) return null;
    const number = Number(/(\d+);?$/.exec(String(reply))?.[1]);
    if (!(number <= other.#sent)) return `${reply} was never written`;
    this.#shared.ledger.learn(other.name, number, evidence);
    if (number > (this.#seen.get(other.name) ?? 0)) {
      this.#seen = new Map(this.#seen).set(other.name, number);
    }
    return null;
  }

  /** WATCH, a read, and a transaction that happens only if nobody else was faster. */
  async #watchAndRaise(client: WireClient, patienceMs: number): Promise<boolean> {
    const { pair, counts, wrongs } = this.#shared;
    const [p, q] = pair.keys as readonly [string, string];
    let askedMs = performance.now();
    client.sendRaw(Buffer.concat([encodeRequest(["WATCH", p, q]), encodeRequest(["MGET", p, q])]));
    const read = await this.#lastReply(client, 2, patienceMs);
    if (read === undefined) return false;
    if (!Array.isArray(read) || read[0] !== read[1]) {
      wrongs.push(`a transaction was seen in part: ${p} and ${q} are ${JSON.stringify(read)}`);
      return true;
    }
    const before = Number(read[0] ?? 0);
    pair.learn(before, { askedMs, atMs: performance.now() });
    pair.attempt();
    askedMs = performance.now();
    const value = String(before + 1);
    const requests = [["MULTI"], ["SET", p, value], ["SET", q, value], ["EXEC"]];
    client.sendRaw(Buffer.concat(requests.map((args) => encodeRequest(args))));
    const reply = await this.#lastReply(client, 4, patienceMs);
    if (reply === undefined) return false;
    if (reply === null) return true;
    pair.learn(before + 1, { askedMs, atMs: performance.now() });
    counts.acknowledged++;
    if (reply instanceof Error) wrongs.push(`${this.name}'s EXEC: ${reply.message}`);
    return true;
  }

  #own(key: string): string | null {
    return this.#shared.ledger.valueAfter(this.name, this.#sent, key);
  }

  #other(): Worker {
    const others = this.#shared.workers.filter((worker) => worker !== this);
    return others[this.#draw(others.length)]!;
  }

  #register(): string {
    return this.#registers()[this.#draw(REGISTERS)]!;
  }

  #registers(): readonly string[] {
    return Array.from({ length: REGISTERS }, (_, at) => this.#key(`r${at}`));
  }

  readonly #key = (name: string): string => `${this.name}:${name}`;
}

/** A list as the ledger has it: one without elements is not there. */
function textOf(elements: readonly string[]): string | null {
  return elements.length === 0 ? null : elements.join(",");
}

/** Asks for a change of what the server keeps. */
function carryOut(order: Change): Action {
  return {
    requests: [order.request],
    check: (reply, { atMs }) => {
      order.ackedMs = atMs;
      return difference(reply, "OK");
    },
    refused: (message) => {
      order.refusal = message;
      return null;
    },
  };
}

/** What is wrong with a reply, or null. */
function verdict(action: Action, reply: Reply, evidence: Evidence): string | null {
  if (!(reply instanceof Error)) return action.check(reply, evidence);
  return action.refused === undefined ? reply.message : action.refused(reply.message);
}

/** What is wrong with a reply that must be as expected, or null. */
function difference(reply: Reply, expected: Reply): string | null {
  const [got, wanted] = [JSON.stringify(reply), JSON.stringify(expected)];
  return got === wanted ? null : `got ${got} instead of ${wanted}`;
}

/**
 * Clients of one server without data, who know of each other; their findings go to `log`.
 *
 * @param generation part of their names and keys
 */
export function createClients(
  count: number,
  generation: number,
  draw: Draw,
  log: Pick<Shared, "wrongs" | "counts">,
): Shared {
  const ledger = new Ledger();
  const common = `shared.${generation}`;
  const shared: Shared = {
    wrongs: log.wrongs,
    counts: log.counts,
    ledger,
    counter: ledger.addCounter([`${common}:n`]),
    pair: ledger.addCounter([`${common}:p`, `${common}:q`]),
    workers: [],
    orders: [],
  };
  for (let at = 0; at < count; at++) {
    shared.workers.push(new Worker(`c${at}.${generation}`, shared, draw));
  }
  return shared;
}
