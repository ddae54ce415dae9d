/** An empty model that only ever sees the effects: what a log or a replica would rebuild. */
import {
  connect,
  decode,
  execute,
  initial,
  type Reply,
  type State,
} from "../../model/keyspace/index.ts";

const SESSION = 1;
/**
 * Effects are replayed at another time than that of the server, so that one that counts from now
 * shows. Long ago nothing expires by itself: a key goes only when an effect says so.
 */
const LONG_AGO_MS = 0n;

/** Replays effects; every one of them must succeed. */
export class Shadow {
  state: State = connect(initial(), SESSION);

  /**
   * Replays one append of the journal.
   *
   * @param bytes RESP commands
   * @throws Error when an effect is refused, or when several stand outside a transaction: appends
   *   are valid and indivisible by construction
   */
  replay(bytes: string): void {
    const commands: (readonly string[])[] = [];
    for (let rest = bytes; rest !== ""; ) {
      const decoded = decode(rest);
      rest = decoded.rest;
      commands.push(wordsOf(decoded.reply));
    }
    const effects = commands.filter(([name]) => name !== "SELECT");
    if (effects.length !== 1 && (effects[0]?.[0] !== "MULTI" || effects.at(-1)?.[0] !== "EXEC")) {
      throw new Error(`an append is divisible: ${JSON.stringify(commands)}`);
    }
    for (const command of commands) this.#execute(command);
  }

  #execute(args: readonly string[]): void {
    const step = execute(this.state, SESSION, args, LONG_AGO_MS, { isReplay: true });
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
