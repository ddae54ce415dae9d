/** The same scripts on redis-server and here, compared byte by byte. */
import { commands } from "../../impl/commands/index.ts";
import { type TestInstance, testInstance } from "../../testing/instance.ts";
import { connectClient, type WireClient } from "../../testing/wire/client.ts";
import { type RedisServer, startRedis } from "../oracle/redis.ts";
import type { GeneratedScript } from "./generate.ts";

/** A script and what both answered. */
export interface Comparison {
  readonly script: GeneratedScript;
  readonly redis: string;
  readonly veridis: string;
}

/** Both sides, with empty databases at the start of each script. */
export class Sides {
  #redis: RedisServer | null = null;
  #client: WireClient | null = null;
  readonly #here: TestInstance = testInstance(commands);

  /** Runs a script on both sides. */
  async compare(script: GeneratedScript): Promise<Comparison> {
    const redis = await this.#askRedis(script);
    return { script, redis, veridis: this.#askHere(script) };
  }

  async close(): Promise<void> {
    this.#client?.close();
    await this.#redis?.stop();
  }

  #askHere(script: GeneratedScript): string {
    return shown(requestsOf(script).map((request) => this.#here.send(...request)));
  }

  /** The reply of redis-server; one script at a time, since one that ends it takes the rest along. */
  async #askRedis(script: GeneratedScript): Promise<string> {
    if (this.#client === null) {
      this.#redis = await startRedis();
      this.#client = await connectClient(this.#redis.port);
    }
    const requests = requestsOf(script);
    for (const request of requests) this.#client.send(request);
    const { replies, shortage } = await this.#client.receive(requests.length, 60_000);
    if (shortage === undefined) return shown(replies.map((reply) => reply.toString("latin1")));
    await this.close();
    this.#client = null;
    return CRASHED;
  }
}

/** What stands for the reply of a server that a script has ended. */
export const CRASHED = "(the server has ended)";

/** The replies that are compared, among those of `requestsOf`: all but those before and behind it. */
const shown = (replies: readonly string[]): string => replies.slice(2, -1).join("");

function requestsOf(script: GeneratedScript): readonly (readonly string[])[] {
  return [["FLUSHALL"], ["HELLO", script.isResp3 ? "3" : "2"], ...runsOf(script), ["HELLO", "2"]];
}

function runsOf({ text, functionFlags, args }: GeneratedScript): readonly (readonly string[])[] {
  if (functionFlags === null) return [["EVAL", text, ...args]];
  const code =
    `#!lua name=l\nredis.register_function{function_name='f', flags={${functionFlags}}, ` +
    `callback=function(KEYS, ARGV) ${text} end}`;
  return [
    ["FUNCTION", "LOAD", "REPLACE", code],
    ["FCALL", "f", ...args],
  ];
}
