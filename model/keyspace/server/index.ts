/** The commands about the server itself. */
import type { Family } from "../command.ts";
import { container, plain } from "../declare.ts";
import * as config from "./config.ts";
import * as server from "./server.ts";

/** The commands about the server by name. */
export const serverCommands: Family = {
  time: plain(1, server.time),
  lastsave: plain(1, server.lastsave),
  lolwut: plain(-1, server.lolwut),
  info: plain(-1, server.info),
  config: container({
    get: plain(-3, config.get),
    set: plain(-4, config.set),
    resetstat: plain(2, config.resetstat),
    rewrite: plain(2, config.rewrite),
  }),
};
