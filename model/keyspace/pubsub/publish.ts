/** PUBLISH and SPUBLISH: messages to all who listen, and how many copies there are. */
import { Result } from "effect";
import { argument } from "../call.ts";
import type { Meaning, Message } from "../command.ts";
import { matchesName } from "../glob.ts";
import { type Bytes, bulk, countOf, inAnyOrder, integer, push, type Reply } from "../reply.ts";
import type { Session } from "../state.ts";

/** What one session gets of a message. */
type Copies = (session: Session, channel: Bytes, content: Bytes) => ReadonlyArray<Reply>;

/**
 * By the channel's own name first, then for each pattern that matches: Redis keeps these in a hash
 * table with a random seed.
 */
const toChannel: Copies = ({ channels, patterns }, channel, content) => {
  const own = channels.has(channel) ? [push([bulk("message"), bulk(channel), bulk(content)])] : [];
  const matching = [...patterns].filter((pattern) => matchesName(pattern, channel));
  const others = inAnyOrder(matching, (ordered) =>
    ordered.map((pattern) => push([bulk("pmessage"), bulk(pattern), bulk(channel), bulk(content)])),
  );
  return [...own, ...others];
};

const toShardChannel: Copies = ({ shardChannels }, channel, content) =>
  shardChannels.has(channel) ? [push([bulk("smessage"), bulk(channel), bulk(content)])] : [];

const post =
  (copies: Copies): Meaning =>
  (call) => {
    const channel = argument(call, 1);
    const content = argument(call, 2);
    const messages = [...call.state.sessions].flatMap(([sessionId, listener]) =>
      copies(listener, channel, content).map(
        (reply): Message => ({ sessionId, protocol: listener.protocol, reply }),
      ),
    );
    const count = messages.reduce((sum, { reply }) => sum + countOf(reply), 0);
    return Result.succeed({ state: call.state, reply: integer(count), messages });
  };

/** PUBLISH channel message */
export const publish: Meaning = post(toChannel);

/** SPUBLISH shardchannel message */
export const spublish: Meaning = post(toShardChannel);
