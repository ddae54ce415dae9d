/** DUMP and RESTORE. */
import { Result } from "effect";
import { answer, argument, become, drop, lookup, session } from "../call.ts";
import type { Call, Meaning } from "../command.ts";
import { fail } from "../errors.ts";
import { integerArgument } from "../numbers.ts";
import { nil, satisfies } from "../reply.ts";
import { storeAnew } from "../state.ts";
import { word } from "../text.ts";
import { damagedPayloads, soundPayloads } from "./payloads.ts";

/** Version 10 in two bytes, and a checksum of eight, stand behind the value. */
const FOOTER_BYTES = 10;

const aPayload = satisfies(
  "a payload",
  (reply) =>
    reply._tag === "Bulk" &&
    reply.bytes.length > FOOTER_BYTES &&
    reply.bytes.slice(-FOOTER_BYTES).startsWith("\x0a\0"),
);

/** DUMP key */
export const dump: Meaning = (call) =>
  answer(call, lookup(call, argument(call, 1)) === undefined ? nil : aPayload);

/** RESTORE key ttl payload [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency] */
export const restore: Meaning = (call) =>
  Result.gen(function* () {
    const key = argument(call, 1);
    const { replaces, isAbsolute } = yield* parseOptions(call);
    const before = lookup(call, key);
    if (before !== undefined && !replaces) return yield* fail("BusyKey");
    const ttl = yield* integerArgument(argument(call, 2));
    if (ttl < 0n) return yield* fail("NegativeTtl");
    const payload = argument(call, 3);
    if (damagedPayloads.has(payload)) return yield* fail("BadDataFormat");
    const value = soundPayloads.get(payload);
    if (value === undefined) return yield* fail("WrongPayload");
    const { database } = session(call);
    const hold = (expireAtMs: bigint | null) =>
      become(storeAnew(call.state, database, key, { value, expireAtMs }));
    if (ttl === 0n) return yield* hold(null);
    const expireAtMs = isAbsolute ? ttl : BigInt.asIntN(64, ttl + call.nowMs);
    if (expireAtMs > call.nowMs) return yield* hold(expireAtMs);
    return yield* become(before === undefined ? call.state : drop(call, key));
  });

const parseOptions = (call: Call) =>
  Result.gen(function* () {
    let options = { replaces: false, isAbsolute: false, access: "" };
    for (let i = 4; i < call.args.length; i += 1) {
      const option = word(argument(call, i));
      const takesAccess = i + 1 < call.args.length && ["", option].includes(options.access);
      if (option === "replace") {
        options = { ...options, replaces: true };
      } else if (option === "absttl") {
        options = { ...options, isAbsolute: true };
      } else if (option === "idletime" && takesAccess) {
        i += 1;
        if ((yield* integerArgument(argument(call, i))) < 0n)
          return yield* fail("NegativeIdleTime");
        options = { ...options, access: option };
      } else if (option === "freq" && takesAccess) {
        i += 1;
        const frequency = yield* integerArgument(argument(call, i));
        if (frequency < 0n || frequency > 255n) return yield* fail("FrequencyOutOfRange");
        options = { ...options, access: option };
      } else {
        return yield* fail("Syntax");
      }
    }
    return options;
  });
