/** redis-server's part: the payloads that it writes, and its verdicts. */
import { decode } from "../../../model/keyspace/index.ts";
import { ask, connectClient, type WireClient } from "../../../testing/wire/client.ts";
import { encodeRequest } from "../../../testing/wire/request.ts";
import { type RedisServer, startRedis } from "../../oracle/redis.ts";
import { seedCommands } from "./seeds.ts";

/** A redis-server that looks at every byte of a payload before it takes it. */
export class RestoringRedis {
  readonly #server: RedisServer;
  readonly #client: WireClient;

  private constructor(server: RedisServer, client: WireClient) {
    this.#server = server;
    this.#client = client;
  }

  static async start(): Promise<RestoringRedis> {
    const server = await startRedis(["--sanitize-dump-payload", "yes", "--loglevel", "warning"]);
    return new RestoringRedis(server, await connectClient(server.port));
  }

  /** What it writes for each value that payloads are made of. */
  async seeds(): Promise<readonly Uint8Array[]> {
    const seeds: Uint8Array[] = [];
    for (const lines of seedCommands()) {
      await ask(this.#client, "FLUSHALL");
      for (const line of lines) await ask(this.#client, ...line);
      const dumped = decode(await ask(this.#client, "DUMP", "k")).reply;
      if (dumped._tag !== "Bulk") throw new Error("redis-server dumps nothing");
      seeds.push(Buffer.from(dumped.bytes, "latin1"));
    }
    return seeds;
  }

  /** For each payload what it says of its value once it has taken it, or null when it refuses it. */
  async verdicts(payloads: readonly Uint8Array[]): Promise<readonly (string | null)[]> {
    const requests = payloads.flatMap((payload) => [
      ["RESTORE", "k", "0", Buffer.from(payload).toString("latin1"), "REPLACE"],
      ["DEBUG", "DIGEST-VALUE", "k"],
      ["DEL", "k"],
    ]);
    this.#client.sendRaw(Buffer.concat(requests.map(encodeRequest)));
    const { replies, shortage } = await this.#client.receive(requests.length, 60_000);
    if (shortage !== undefined) throw new Error(`redis-server: ${shortage}\n${this.#server.log()}`);
    return payloads.map((_, i) =>
      replies[3 * i]!.toString("latin1") === "+OK\r\n"
        ? replies[3 * i + 1]!.toString("latin1")
        : null,
    );
  }

  async stop(): Promise<void> {
    this.#client.close();
    await this.#server.stop();
  }
}
