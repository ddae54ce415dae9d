/**
 * A client that keeps what it has read until the server tells it that it has changed, and relies on
 * it: that is a read like any other, which a checker judges.
 *
 * What it has in its cache it holds for true as of a round trip that it makes for this: whatever has
 * changed before that, it has been told. What it reads from the cache so is what a GET would have
 * read that was sent and answered with the round trip.
 *
 * Keys that expire are not cached: when they are told depends on when the server comes across them.
 */
import type { Reply } from "../../model/keyspace/index.ts";
import type { Actor, ClientWorld, Manners } from "../clients.ts";
import { Line, type Planned, plain } from "../line.ts";
import type { Event } from "../scheduler.ts";
import { REFUSED, seen } from "../seen.ts";
import { type Command, KEYS, stringCommand, zipfian } from "../workload.ts";
import { Cache } from "./cache.ts";
import type { CacheHabit } from "./habits.ts";
import { drawMode, drawRead, habitsOf, type Mode, trackingCommand } from "./mode.ts";

/** How long it waits before it connects again, at most, in microseconds. */
const RECONNECT_US = 50_000;
/** The channel of invalidations. */
const CHANNEL = "__redis__:invalidate";
/** How likely its messenger goes when somebody is to go. */
const MESSENGER_RATE = 0.5;

/** One client with a cache. */
export class CachingClient implements Actor {
  readonly #world: ClientWorld;
  readonly #manners: Manners;
  readonly #number: number;
  /** By which it reads. */
  readonly #line: Line;
  /** By which it is told, where that is another one. */
  readonly #messenger: Line;
  #cache = new Cache();
  #mode: Mode;
  /** It is told of what changes. */
  #isTold = false;
  #groupsLeft: number;
  #leaveRate: number;
  #next: Event | null = null;

  constructor(world: ClientWorld, number: number, manners: Manners) {
    this.#world = world;
    this.#manners = manners;
    this.#number = number;
    this.#groupsLeft = manners.groups;
    this.#leaveRate = manners.leaveRate;
    this.#mode = drawMode(world.choices);
    const received = (): void => {
      if (this.#next === null) this.#later(manners.thinkUs);
    };
    const heard = (reply: Reply): boolean => this.#heard(reply);
    this.#line = new Line(world, number, { heard, received, gone: () => this.#isCutOff() });
    const gone = (): void => this.#isDeaf();
    this.#messenger = new Line(world, number, { heard, received, gone });
    this.#later(manners.thinkUs);
  }

  get isDone(): boolean {
    return this.#groupsLeft === 0 && this.#line.waiting === 0 && this.#messenger.waiting === 0;
  }

  finish(): void {
    this.#leaveRate = 0;
    this.#groupsLeft = Math.min(this.#groupsLeft, 1) + 2;
    if (this.#next === null) this.#later(0);
  }

  leave(): void {
    const { choices } = this.#world;
    const hasMessenger = this.#messenger.connection !== null;
    if (hasMessenger && choices.chance(MESSENGER_RATE)) this.#messenger.leave();
    else this.#line.leave();
  }

  // ---- What it is told

  /** Something that answers no request. */
  #heard(reply: Reply): boolean {
    if (reply._tag !== "Array" && reply._tag !== "Push") return false;
    const [kind, second, third] = reply.items;
    if (kind?._tag !== "Bulk") return false;
    if (kind.bytes === "tracking-redir-broken") this.#count("broken redirection");
    else if (kind.bytes === "invalidate") this.#invalidated(second!);
    else if (kind.bytes === "message" && reply.items.length === 3) this.#invalidated(third!);
    else return false;
    return true;
  }

  #invalidated(keys: Reply): void {
    const hasOvertaken = this.#mode.told !== "itself";
    if (keys._tag !== "Array") {
      this.#count("invalidation of everything");
      this.#cache.clear(hasOvertaken);
      return;
    }
    this.#count("invalidation");
    for (const key of keys.items)
      if (key._tag === "Bulk") this.#cache.drop(key.bytes, hasOvertaken);
  }

  // ---- Its connections

  #connect(): void {
    this.#mode = drawMode(this.#world.choices);
    this.#line.open();
    if (this.#mode.protocol === 3) this.#line.send([plain(["HELLO", "3"])]);
    this.#beginTracking();
  }

  /** Asks to be told; where it has a messenger, once that one is there. */
  #beginTracking(): void {
    const { told } = this.#mode;
    if (told === "itself") {
      this.#track(0);
      return;
    }
    this.#messenger.open();
    const hears = told === 3 ? ["HELLO", "3"] : ["SUBSCRIBE", CHANNEL];
    const answered = (reply: Reply): void => {
      if (reply._tag !== "Integer" || this.#line.connection === null) return;
      this.#track(Number(reply.value));
    };
    this.#messenger.send([{ command: ["CLIENT", "ID"], answered }, plain(hears)]);
  }

  /** @param messenger the id of the connection that is told in its place; 0 for none */
  #track(messenger: number): void {
    const mode = this.#mode;
    const { connection } = this.#messenger;
    const answered = (reply: Reply): void => {
      // The messenger may be gone by now, or be another one.
      if (reply._tag !== "Simple" || this.#messenger.connection !== connection) return;
      this.#isTold = true;
      for (const habit of habitsOf(mode)) this.#count(habit);
    };
    this.#line.send([{ command: trackingCommand(mode, messenger), answered }]);
  }

  /** Its connection is gone, and it begins anew. */
  #isCutOff(): void {
    if (this.#cache.keys.length > 0) this.#count("cache lost with its connection");
    this.#forget();
    this.#messenger.leave();
    if (this.#next === null) this.#later(RECONNECT_US);
  }

  /** Its messenger is gone: it reads on, and keeps nothing until it has another one. */
  #isDeaf(): void {
    if (this.#line.connection !== null) this.#count("cache whose messenger is gone");
    this.#forget();
    if (this.#next === null) this.#later(RECONNECT_US);
  }

  #forget(): void {
    this.#isTold = false;
    this.#cache.clear(true);
  }

  // ---- What it asks

  #later(mostUs: number): void {
    if (this.#groupsLeft === 0) return;
    const { choices, scheduler } = this.#world;
    const delayUs = 1 + choices.upToUs(mostUs);
    this.#next = scheduler.after(delayUs, `${this.#line.lane}: acts`, () => {
      this.#next = null;
      this.#act();
    });
  }

  #act(): void {
    const { choices } = this.#world;
    const { depth, thinkUs } = this.#manners;
    choices.span(() => {
      if (this.#line.connection === null) this.#connect();
      for (let i = choices.below(depth); i >= 0 && this.#groupsLeft > 0; i--) {
        this.#groupsLeft--;
        this.#group();
      }
      if (choices.chance(this.#leaveRate)) this.leave();
      else if (this.#line.waiting < depth) this.#later(thinkUs);
    });
  }

  #group(): void {
    const { choices, values } = this.#world;
    const act = choices.weighted<() => void>([
      [16, () => this.#read(zipfian(choices))],
      [20, () => this.#rely()],
      [4, () => this.#write(stringCommand(choices, values))],
      [1, () => this.#flush()],
      [2, () => this.#begin()],
      [3, () => this.#loseMessenger()],
    ]);
    act();
  }

  /** Ends being told, or having been, and begins it in another way. */
  #begin(): void {
    const isAsked = this.#mode.told === "itself" || this.#messenger.connection !== null;
    if (!this.#isTold && isAsked) return;
    this.#forget();
    this.#line.send([plain(["CLIENT", "TRACKING", "OFF"])]);
    const { told, protocol } = this.#mode;
    this.#mode = { ...drawMode(this.#world.choices), told, protocol };
    this.#messenger.leave();
    this.#beginTracking();
  }

  /** Its messenger goes, and it changes what it may have been told of. */
  #loseMessenger(): void {
    const [key] = this.#cache.keys;
    if (this.#messenger.connection === null || key === undefined) return;
    this.#messenger.leave();
    this.#write(["SET", key, this.#world.values.next()]);
  }

  /** Reads a key, in a transaction or not, and keeps what it has read when it will be told. */
  #read(key: string): void {
    const { choices, histories } = this.#world;
    const { said, mayKeep } = drawRead(this.#mode, key, choices);
    const read = mayKeep && this.#isTold ? this.#cache.begin(key) : null;
    const op = { watched: [], commands: [["GET", key]] };
    const id = histories.invoke(this.#number, this.#line.connection!, op);
    const isInMulti = choices.chance(0.2);
    const answered = (reply: Reply): void => {
      const own = isInMulti && reply._tag === "Array" ? reply.items[0]! : reply;
      if (own._tag === "Error") histories.refused(id);
      else histories.returned(id, [seen(own)]);
      if (read === null) return;
      const isKept = this.#cache.end(read, own._tag === "Error" ? null : { value: textOf(own) });
      if (read.isOver) this.#count("read that is over before its reply");
      if (isKept && isInMulti) this.#count("cached read within a transaction");
    };
    const isSaid = this.#isTold ? said.map(plain) : [];
    const command: Command = ["GET", key];
    const all: readonly Planned[] = isInMulti
      ? [plain(["MULTI"]), plain(command), { command: ["EXEC"], answered }]
      : [{ command, answered }];
    this.#line.send([...isSaid, ...all]);
  }

  /** Takes a value from the cache, and makes sure of it by a round trip; reads one where there is none. */
  #rely(): void {
    const { choices, histories } = this.#world;
    const { keys } = this.#cache;
    if (keys.length === 0) {
      this.#read(zipfian(choices));
      return;
    }
    const key = choices.of(keys);
    const kept = this.#cache.get(key)!;
    const line = this.#mode.told === "itself" ? this.#line : this.#messenger;
    const id = histories.relies(this.#number, line.connection!, key);
    const answered = (): void => {
      const isThere = this.#cache.get(key) === kept;
      this.#count(isThere ? "cached value used" : "cached value gone before its use");
      if (isThere) histories.returned(id, [kept.value]);
      else histories.refused(id);
    };
    line.send([{ command: ["PING"], answered }]);
  }

  /** Changes a key, and forgets it where it is not told. */
  #write(command: Command): void {
    const { histories } = this.#world;
    const op = { watched: [], commands: [command] };
    const id = histories.invoke(this.#number, this.#line.connection!, op);
    const { noLoop } = this.#mode;
    const answered = (reply: Reply): void => {
      if (reply._tag === "Error" && REFUSED.test(reply.text)) histories.refused(id);
      else histories.returned(id, [seen(reply)]);
      // Its reply comes by the connection by which what it has read comes.
      if (noLoop) this.#cache.drop(command[1]!, false);
    };
    this.#line.send([{ command, answered }]);
  }

  /** Empties everything: to each key that is as if it were deleted then. */
  #flush(): void {
    const { histories } = this.#world;
    const route = this.#line.connection!;
    const ids = KEYS.map((key) =>
      histories.invoke(this.#number, route, { watched: [], commands: [["FLUSHALL", key]] }),
    );
    const answered = (reply: Reply): void => {
      for (const id of ids) {
        if (reply._tag === "Error") histories.refused(id);
        else histories.returned(id, [seen(reply)]);
      }
    };
    this.#line.send([{ command: ["FLUSHALL"], answered }]);
  }

  #count(habit: CacheHabit): void {
    this.#world.seen.count(habit);
  }
}

function textOf(reply: Reply): string | null {
  return reply._tag === "Bulk" ? reply.bytes : null;
}
