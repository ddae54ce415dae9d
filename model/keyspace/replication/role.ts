/** Who follows whom. */
import { answer } from "../call.ts";
import type { Meaning } from "../command.ts";
import { satisfies } from "../reply.ts";

/** ROLE: a primary without replicas, with some place in the stream that nobody follows */
export const role: Meaning = (call) =>
  answer(
    call,
    satisfies("a primary that nobody follows", (reply) => {
      if (reply._tag !== "Array" || reply.items.length !== 3) return false;
      const [name, offset, replicas] = reply.items;
      const isPrimary = name?._tag === "Bulk" && name.bytes === "master";
      const isFollowed = replicas?._tag !== "Array" || replicas.items.length > 0;
      return isPrimary && offset?._tag === "Integer" && !isFollowed;
    }),
  );
