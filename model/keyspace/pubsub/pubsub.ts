/** PUBSUB: who listens to what. */
import { answer, misused } from "../call.ts";
import type { Call, Meaning } from "../command.ts";
import { matchesName } from "../glob.ts";
import { array, type Bytes, bulk, integer, unordered } from "../reply.ts";
import type { Kind } from "./subscribe.ts";

/** Every name of that kind that somebody listens to. */
const names = (call: Call, kind: Kind): ReadonlySet<Bytes> =>
  new Set([...call.state.sessions.values()].flatMap((session) => [...session[kind]]));

/** PUBSUB CHANNELS [pattern], PUBSUB SHARDCHANNELS [pattern] */
export const list =
  (kind: Kind): Meaning =>
  (call) => {
    if (call.args.length > 3) return misused(call);
    const [, , pattern] = call.args;
    const chosen = [...names(call, kind)].filter(
      (name) => pattern === undefined || matchesName(pattern, name),
    );
    return answer(call, unordered(chosen.map(bulk)));
  };

/** PUBSUB NUMSUB [channel ...], PUBSUB SHARDNUMSUB [shardchannel ...] */
export const count =
  (kind: Kind): Meaning =>
  (call) => {
    const sessions = [...call.state.sessions.values()];
    const counted = call.args.slice(2).flatMap((name) => {
      const listeners = sessions.filter((session) => session[kind].has(name));
      return [bulk(name), integer(listeners.length)];
    });
    return answer(call, array(counted));
  };

/** PUBSUB NUMPAT */
export const numpat: Meaning = (call) => answer(call, integer(names(call, "patterns").size));
