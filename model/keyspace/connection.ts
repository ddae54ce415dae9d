/** The commands about the connection itself. */
import { answer, argument, type Meaning } from "./call.ts";
import { fail } from "./errors.ts";
import { bulk, simple } from "./reply.ts";

/** PING [message] */
export const ping: Meaning = (call) => {
  if (call.args.length > 2) return fail("WrongArity", call.command);
  const [, message] = call.args;
  return answer(call, message === undefined ? simple("PONG") : bulk(message));
};

/** ECHO message */
export const echo: Meaning = (call) => answer(call, bulk(argument(call, 1)));
