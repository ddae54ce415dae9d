/** The router: every message between clients and nodes is delayed by chance, and some are lost. */
import type { Message } from "../protocol.ts";
import type { Chance } from "./chance.ts";

/** Long delays are cut off here, so that few operations time out but through loss. */
const MAX_LATENCY_MS = 60;

/** How messages fare. */
export interface Weather {
  /** Mean of the latency of one message, in milliseconds; messages overtake each other. */
  readonly latencyMs: number;
  /** Probability that a message is lost. */
  readonly loss: number;
}

/** A network with its members. */
export class Network {
  readonly #members = new Map<string, (message: Message) => void>();
  readonly #chance: Chance;
  #weather: Weather;
  /** Messages handed to the network. */
  sent = 0;
  /** Messages that it lost. */
  lost = 0;

  constructor(chance: Chance, weather: Weather) {
    this.#chance = chance;
    this.#weather = weather;
  }

  /** Delivers to a member from now on. */
  join(name: string, receive: (message: Message) => void): void {
    this.#members.set(name, receive);
  }

  /** From now on no message is lost. */
  heal(): void {
    this.#weather = { ...this.#weather, loss: 0 };
  }

  /** Takes a message. */
  send(message: Message): void {
    this.sent += 1;
    if (this.#chance.happens(this.#weather.loss)) {
      this.lost += 1;
      return;
    }
    const delayMs = this.#chance.exponentialMs(this.#weather.latencyMs);
    setTimeout(() => this.#members.get(message.dest)?.(message), Math.min(delayMs, MAX_LATENCY_MS));
  }
}
