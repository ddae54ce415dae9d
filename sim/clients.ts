/** The clients: what they ask, when they go away, and what they remember of the replies. */
import type { Reply } from "../model/keyspace/index.ts";
import { TRY_ALL } from "../model/keyspace/scripting/list-scripts.ts";
import type { Transaction } from "./checkers/strict-serializability.ts";
import type { Reply as SeenReply } from "./checkers/strings-model.ts";
import type { Choices } from "./choices.ts";
import type { Tally } from "./coverage.ts";
import { Line, type LineWorld, type Planned, plain } from "./line.ts";
import type { Event } from "./scheduler.ts";
import { REFUSED, seen } from "./seen.ts";
import {
  anyCommand,
  bringerGroup,
  type Command,
  groupedCommand,
  limitCommand,
  listenerCommand,
  mortalCommand,
  mortalScript,
  publisherCommands,
  pusherGroup,
  putBy,
  scriptOf,
  specifiedCommand,
  stringCommand,
  takenBy,
  type Values,
  waiterGroup,
  waitingGroup,
} from "./workload.ts";

/** What a client does. */
export type Habit =
  | "strings"
  | "caching"
  | "transactions"
  | "scripts"
  | "mortal"
  | "everything"
  | "specified"
  | "listener"
  | "publisher"
  | "waiting"
  | "bringer"
  | "waits"
  | "pusher";

/** How a client behaves. */
export interface Manners {
  readonly habit: Habit;
  /** How many groups of commands it sends. */
  readonly groups: number;
  /** How many requests may wait for their replies. */
  readonly depth: number;
  /** How long it thinks at most between groups, in microseconds. */
  readonly thinkUs: number;
  /** How likely it closes its connection after sending, before the replies. */
  readonly leaveRate: number;
  readonly protocol: 2 | 3;
}

/** What a client needs of the run. */
export interface ClientWorld extends LineWorld {
  readonly choices: Choices;
  readonly values: Values;
  /** What a run of many seeds must have seen. */
  readonly seen: Tally;
  /** How much of the server's memory counts against its limit, in bytes. */
  usedBytes(): number;
}

/** Somebody who asks the server. */
export interface Actor {
  /** True when it has asked everything and has every reply. */
  readonly isDone: boolean;
  /** No more disconnects; asks these commands at the end. */
  finish(commands: readonly Command[]): void;
  /** Goes away without waiting for replies. */
  leave(): void;
}

/** How long a client waits before it connects again, at most, in microseconds. */
const RECONNECT_US = 50_000;
/** Clients are known to the server by numbers of which most are not above this one. */
const CLIENT_IDS = 6;
/** How likely a group is followed by an ECHO, whose answer names its request. */
const ECHO_RATE = 0.15;

/** How likely one that does everything sets or lifts a limit on memory instead. */
const LIMIT_RATE = 0.12;

/** One client. */
export class SimClient implements Actor {
  readonly number: number;
  readonly lane: string;
  readonly #world: ClientWorld;
  readonly #manners: Manners;
  readonly #line: Line;
  #groupsLeft: number;
  #echoes = 0;
  /** Set while a group is open whose next part depends on replies. */
  #continuation: (() => void) | null = null;
  /** The server does not know the script any more. */
  #mustLoad = false;
  #leaveRate: number;
  #next: Event | null = null;

  constructor(world: ClientWorld, number: number, manners: Manners) {
    this.#world = world;
    this.number = number;
    this.lane = `client ${number}`;
    this.#manners = manners;
    this.#line = new Line(world, number, {
      heard: (reply) => manners.habit === "listener" && isMessage(reply),
      received: () => this.#received(),
      gone: () => this.#gone(),
    });
    this.#groupsLeft = manners.groups;
    this.#leaveRate = manners.leaveRate;
    this.#later(manners.thinkUs);
  }

  get isDone(): boolean {
    // It goes on bringing until nobody waits.
    if (this.#groupsLeft === Number.POSITIVE_INFINITY) return this.#line.waiting === 0;
    return this.#groupsLeft === 0 && this.#line.waiting === 0 && this.#continuation === null;
  }

  finish(commands: readonly Command[]): void {
    this.#leaveRate = 0;
    const bringsOn = ["bringer", "pusher"].includes(this.#manners.habit);
    this.#groupsLeft = bringsOn ? Number.POSITIVE_INFINITY : Math.min(this.#groupsLeft, 1) + 1;
    this.#finalCommands = commands;
    if (this.#next === null) this.#later(0);
  }
  #finalCommands: readonly Command[] = [];

  #received(): void {
    if (this.#line.waiting > 0) return;
    const continuation = this.#continuation;
    this.#continuation = null;
    continuation?.();
    if (this.#next === null) this.#later(this.#manners.thinkUs);
  }

  leave(): void {
    this.#line.leave();
  }

  #gone(): void {
    this.#continuation = null;
    if (this.#next === null) this.#later(RECONNECT_US);
  }

  #later(mostUs: number): void {
    if (this.#groupsLeft === 0) return;
    const delayUs = 1 + this.#world.choices.upToUs(mostUs);
    this.#next = this.#world.scheduler.after(delayUs, `${this.lane}: acts`, () => {
      this.#next = null;
      this.#act();
    });
  }

  #act(): void {
    const { choices } = this.#world;
    const { depth, thinkUs } = this.#manners;
    choices.span(() => {
      if (this.#line.connection === null) this.#connect();
      if (this.#continuation !== null) return;
      for (let i = choices.below(depth); i >= 0 && this.#groupsLeft > 0; i--) {
        this.#groupsLeft--;
        this.#sendGroup();
        if (this.#continuation !== null) break;
      }
      if (choices.chance(this.#leaveRate)) this.leave();
      else if (this.#line.waiting < depth && this.#continuation === null) this.#later(thinkUs);
    });
  }

  #connect(): void {
    this.#echoes = 0;
    this.#line.open();
    if (this.#manners.protocol === 3) this.#send([plain(["HELLO", "3"])]);
  }

  #sendGroup(): void {
    const { choices, values } = this.#world;
    if (this.#groupsLeft === 0 && this.#finalCommands.length > 0) {
      this.#send(this.#finalCommands.map((command) => this.#judged(command)));
    } else {
      switch (this.#manners.habit) {
        case "strings":
          this.#send([this.#judged(stringCommand(choices, values))]);
          break;
        case "transactions":
          if (choices.chance(0.6)) this.#transaction();
          else this.#send([this.#judged(groupedCommand(choices, values))]);
          break;
        case "scripts":
          this.#scripts();
          break;
        case "mortal":
          this.#send([plain(mortalCommand(choices, values))]);
          break;
        case "specified":
          this.#send([plain(specifiedCommand(choices, values))]);
          break;
        case "listener":
          this.#send([plain(listenerCommand(choices))]);
          break;
        case "publisher":
          this.#send(publisherCommands(choices, values).map(plain));
          break;
        case "waiting":
          this.#send(this.#tracked(waiterGroup(choices, values, CLIENT_IDS)));
          break;
        case "bringer":
          this.#send(this.#tracked(bringerGroup(choices, values, CLIENT_IDS)));
          break;
        case "waits":
          this.#send(this.#tracked(waitingGroup(choices, values, CLIENT_IDS)));
          break;
        case "pusher":
          this.#send(this.#tracked(pusherGroup(choices, values)));
          break;
        case "caching":
          throw new RangeError("clients with a cache are of another kind");
        case "everything":
          this.#send(this.#anything().map(plain));
      }
    }
    // Among any commands an ECHO may find itself in a transaction.
    if (this.#continuation !== null || NO_ECHO.has(this.#manners.habit)) return;
    if (choices.chance(ECHO_RATE)) this.#send([this.#echo()]);
  }

  /** Commands of which it is noted what they put and take, those of a transaction too. */
  #tracked(commands: readonly Command[]): readonly Planned[] {
    const { histories } = this.#world;
    const route = this.#line.connection!;
    const taken = (command: Command, reply: SeenReply): void => {
      for (const one of takenBy(command, reply))
        histories.element("Taken", one, this.number, route);
    };
    for (const one of commands.flatMap(putBy)) histories.element("Put", one, this.number, route);
    const queued = commands[0]?.[0] === "MULTI" ? commands.slice(1, -1) : [];
    return commands.map((command) => ({
      command,
      answered: (reply) => {
        const value = seen(reply);
        if (command[0] !== "EXEC") taken(command, value);
        else if (Array.isArray(value)) {
          for (const [i, one] of queued.entries()) taken(one, value[i]!);
        }
      },
    }));
  }

  /** Any commands, now and then in a transaction, under WATCH or not, or another limit on memory. */
  #anything(): readonly Command[] {
    const { choices } = this.#world;
    if (choices.chance(LIMIT_RATE)) return [limitCommand(choices, this.#world.usedBytes())];
    const commands = Array.from({ length: 1 + choices.below(3) }, () => anyCommand(choices));
    if (choices.chance(0.75)) return commands;
    const all: Command[] = [["MULTI"], ...commands, [choices.of(["EXEC", "EXEC", "DISCARD"])]];
    return choices.chance(0.5) ? all : [["WATCH", choices.of(["a", "b", "c"])], ...all];
  }

  /** A transaction, perhaps with keys that are watched and read first. */
  #transaction(): void {
    const { choices, values } = this.#world;
    const keys = new Set(
      Array.from({ length: choices.below(3) }, () => stringCommand(choices, values)[1]!),
    );
    if (keys.size === 0) {
      this.#execute([]);
      return;
    }
    const watched: { key: string; value: SeenReply }[] = [];
    const reads = [...keys].map((key) =>
      this.#judged(["GET", key], (value) => watched.push({ key, value })),
    );
    this.#send([plain(["WATCH", ...keys]), ...reads]);
    this.#continuation = () => {
      if (choices.chance(0.1)) this.#send([plain(["UNWATCH"])]);
      else this.#execute(watched);
    };
  }

  /** MULTI to EXEC in one go. */
  #execute(watched: Transaction["watched"]): void {
    const { choices, values, histories } = this.#world;
    const commands = Array.from({ length: 1 + choices.below(3) }, () =>
      groupedCommand(choices, values),
    );
    const queued = commands.map(plain);
    if (choices.chance(0.07)) {
      this.#send([plain(["MULTI"]), ...queued, plain(["DISCARD"])]);
      return;
    }
    const isWrong = choices.chance(0.07);
    if (isWrong) queued.push(plain(["GET"]));
    const id = histories.invoke(this.number, this.#line.connection!, { watched, commands });
    const exec: Planned = {
      command: ["EXEC"],
      answered: (reply) => {
        if (reply._tag === "Error") histories.refused(id);
        else if (reply._tag === "Array") histories.returned(id, reply.items.map(seen));
        else histories.returned(id, null);
      },
    };
    this.#send([plain(["MULTI"]), ...queued, exec]);
  }

  /** A script: one that is judged as a transaction, alone or within another one; or any other. */
  #scripts(): void {
    const { choices, values } = this.#world;
    const act = choices.weighted<() => void>([
      [6, () => this.#script()],
      [2, () => this.#nested()],
      [3, () => this.#send(mortalScript(choices, values).map(plain))],
      [2, () => this.#transaction()],
      [1, () => this.#send([this.#judged(groupedCommand(choices, values))])],
    ]);
    act();
  }

  #someCommands(): readonly Command[] {
    const { choices, values } = this.#world;
    return Array.from({ length: 1 + choices.below(4) }, () => groupedCommand(choices, values));
  }

  /** A script is a transaction whose replies are its own. */
  #script(): void {
    const { choices, histories } = this.#world;
    const commands = this.#someCommands();
    if (this.#mustLoad) this.#send([plain(["SCRIPT", "LOAD", TRY_ALL.text])]);
    this.#mustLoad = false;
    const command = scriptOf(TRY_ALL, commands, choices.chance(0.5));
    const id = histories.invoke(this.number, this.#line.connection!, { watched: [], commands });
    const answered = (reply: Reply): void => {
      if (reply._tag === "Error" && /^NOSCRIPT/.test(reply.text)) this.#mustLoad = true;
      this.#ranAll(id, reply._tag === "Array" ? reply.items : [reply]);
    };
    this.#send([{ command, answered }]);
  }

  /** Two scripts and a command between them, in one transaction. */
  #nested(): void {
    const { choices, values, histories } = this.#world;
    const [first, last] = [this.#someCommands(), this.#someCommands()];
    const between = groupedCommand(choices, values);
    const commands = [...first, between, ...last];
    const id = histories.invoke(this.number, this.#line.connection!, { watched: [], commands });
    const answered = (reply: Reply): void => {
      const replies = reply._tag === "Array" ? reply.items : [reply];
      // A script replies with an array, and what is between them may.
      const isWhole = replies.length === 3;
      const inside = (one: Reply): readonly Reply[] => (one._tag === "Array" ? one.items : [one]);
      const [a, b, c] = replies;
      this.#ranAll(id, isWhole ? [...inside(a!), b!, ...inside(c!)] : replies);
    };
    this.#send([
      plain(["MULTI"]),
      plain(scriptOf(TRY_ALL, first, false)),
      plain(between),
      plain(scriptOf(TRY_ALL, last, false)),
      { command: ["EXEC"], answered },
    ]);
  }

  /**
   * The replies of all commands of a transaction. Where the log refuses a write of a script, nothing
   * was written before, and everything is refused that would be written behind it.
   */
  #ranAll(id: number, replies: readonly Reply[]): void {
    const { histories } = this.#world;
    if (replies.some((one) => one._tag === "Error" && UNDONE.test(one.text))) histories.refused(id);
    else histories.returned(id, replies.map(seen));
  }

  /** A command whose reply the checkers judge. */
  #judged(command: Command, also: (value: SeenReply) => void = () => {}): Planned {
    const { histories } = this.#world;
    const id = histories.invoke(this.number, this.#line.connection!, {
      watched: [],
      commands: [command],
    });
    const answered = (reply: Reply): void => {
      if (reply._tag === "Error" && REFUSED.test(reply.text)) {
        histories.refused(id);
        return;
      }
      histories.returned(id, [seen(reply)]);
      also(seen(reply));
    };
    return { command, answered };
  }

  /** An ECHO of its own number. */
  #echo(): Planned {
    const { histories } = this.#world;
    const connection = this.#line.connection!.number;
    const number = ++this.#echoes;
    histories.order(connection, "Sent", number);
    return {
      command: ["ECHO", `${connection}:${number}`],
      answered: (reply) => {
        const [from, which] = reply._tag === "Bulk" ? reply.bytes.split(":").map(Number) : [];
        if (from === connection) histories.order(connection, "Answered", which!);
      },
    };
  }

  #send(planned: readonly Planned[]): void {
    this.#line.send(planned);
  }
}

/** Habits that leave transactions open, in which an ECHO would be queued, or that may not ask for one. */
const NO_ECHO: ReadonlySet<Habit> = new Set([
  ...(["everything", "specified", "listener", "waits", "pusher"] as const),
]);

/** Errors of a script, or of a transaction with scripts, that say that it has changed nothing. */
const UNDONE = /^(?:MISCONF|LOADING|NOAUTH|NOSCRIPT|EXECABORT)/;

/** What answers no request. A confirmation of a subscription is a push as well, and does. */
function isMessage(reply: Reply): boolean {
  if (reply._tag !== "Array" && reply._tag !== "Push") return false;
  const [kind] = reply.items;
  return kind?._tag === "Bulk" && ["message", "pmessage", "smessage"].includes(kind.bytes);
}
