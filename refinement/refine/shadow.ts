/** An empty model that only ever sees the effects: what a log or a replica would rebuild. */
import { Effect } from "effect";
import {
  Clock,
  connect,
  decode,
  execute,
  initial,
  Random,
  type Reply,
  type State,
} from "../../model/keyspace/index.ts";

const SESSION = 1;

/** Replays effects; every one of them must succeed. */
export class Shadow {
  state: State = connect(initial(), SESSION);

  /**
   * Replays RESP commands.
   *
   * @param nowMs the clock of the server when it wrote them
   * @throws Error when an effect is refused: effects are valid by construction
   */
  replay(bytes: string, nowMs: number): void {
    for (let rest = bytes; rest !== ""; ) {
      const decoded = decode(rest);
      rest = decoded.rest;
      this.#execute(wordsOf(decoded.reply), nowMs);
    }
  }

  #execute(args: readonly string[], nowMs: number): void {
    const step = Effect.runSync(
      execute(this.state, SESSION, args).pipe(
        Effect.provideService(Clock, { nowUs: () => BigInt(nowMs) * 1000n }),
        Effect.provideService(Random, { nextU32: () => 0 }),
      ),
    );
    this.state = step.state;
    const refusal = step.replies.find((reply) => reply._tag === "Error");
    if (refusal !== undefined) {
      throw new Error(`effect ${JSON.stringify(args)} is refused: ${JSON.stringify(refusal)}`);
    }
  }
}

function wordsOf(reply: Reply): readonly string[] {
  if (reply._tag !== "Array") throw new Error(`an effect is no command: ${JSON.stringify(reply)}`);
  return reply.items.map((item) => {
    if (item._tag !== "Bulk") throw new Error("an effect has an argument that is no bulk string");
    return item.bytes;
  });
}
