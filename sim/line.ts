/** A client's connection, for as long as it lasts and anew: requests, and the replies to them in order. */
import { decode, type Reply } from "../model/keyspace/index.ts";
import { encodeRequest } from "../testing/wire/request.ts";
import { ReplyScanner } from "../testing/wire/scanner.ts";
import type { Tally } from "./coverage.ts";
import type { Histories } from "./histories.ts";
import type { ClientEnd, SimConnection } from "./network.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Transcript } from "./transcript.ts";
import { Violated } from "./violation.ts";
import type { Command } from "./workload.ts";

/** What a connection needs of the run. */
export interface LineWorld {
  readonly scheduler: Scheduler;
  readonly transcript: Transcript;
  readonly faults: Tally;
  readonly histories: Histories;
  /** Begins a connection to the server. */
  connect(client: ClientEnd): SimConnection;
}

/** A request that is to be sent. */
export interface Planned {
  readonly command: Command;
  readonly answered: (reply: Reply) => void;
}

/** A request whose reply has not arrived. */
interface Request extends Planned {
  /** Its number in the histories. */
  readonly id: number;
}

/** What a connection tells its client. */
export interface LineEvents {
  /** Something has arrived: true when it answers no request, and has been dealt with. */
  heard(reply: Reply): boolean;
  /** Some bytes have arrived, and what they hold has been dealt with. */
  received(): void;
  /** The connection is gone, whoever has closed it. */
  gone(): void;
}

/** One client's connection. */
export class Line implements ClientEnd {
  readonly number: number;
  readonly lane: string;
  readonly #world: LineWorld;
  readonly #events: LineEvents;
  #connection: SimConnection | null = null;
  #scanner = new ReplyScanner();
  #waiting: Request[] = [];

  constructor(world: LineWorld, number: number, events: LineEvents) {
    this.#world = world;
    this.number = number;
    this.lane = `client ${number}`;
    this.#events = events;
  }

  /** The connection; null while there is none. */
  get connection(): SimConnection | null {
    return this.#connection;
  }

  /** How many requests wait for their replies. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Connects. */
  open(): void {
    this.#scanner = new ReplyScanner();
    this.#connection = this.#world.connect(this);
  }

  /** Sends requests in one piece. */
  send(planned: readonly Planned[]): void {
    const atMs = this.#world.scheduler.clock.ms;
    const requests = planned.map((one) => ({ ...one, id: this.#world.histories.sent(atMs) }));
    this.#waiting.push(...requests);
    this.#connection!.send(Buffer.concat(planned.map(({ command }) => encodeRequest(command))));
  }

  received(bytes: Buffer): void {
    for (const frame of this.#scanner.push(bytes)) {
      const { reply } = decode(frame.bytes.toString("latin1"));
      if (this.#events.heard(reply)) continue;
      const request = this.#waiting.shift();
      if (request === undefined) {
        throw new Violated(
          "replies in order",
          `${this.lane} gets a reply that it did not ask for`,
          [JSON.stringify(frame.bytes.toString("latin1"))],
        );
      }
      this.#world.histories.answered(request.id, this.#world.scheduler.clock.ms);
      request.answered(reply);
    }
    this.#events.received();
  }

  closed(): void {
    this.#world.transcript.note(this.lane, "client", () => "the connection is gone");
    this.#forget();
  }

  /** Goes away without waiting for replies. */
  leave(): void {
    if (this.#connection === null) return;
    if (this.#waiting.length > 0) this.#world.faults.count("disconnect before reply");
    this.#world.transcript.note(this.lane, "fault", () => "disconnects");
    this.#connection.close();
    this.#forget();
  }

  #forget(): void {
    const atMs = this.#world.scheduler.clock.ms;
    for (const { id } of this.#waiting) this.#world.histories.abandoned(id, atMs);
    this.#waiting = [];
    this.#connection = null;
    this.#events.gone();
  }
}

/** A request whose reply nobody looks at. */
export function plain(command: Command): Planned {
  return { command, answered: () => {} };
}
