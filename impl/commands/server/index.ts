import type { Command } from "../../session/command.ts";
import { CONFIG } from "./config.ts";
import { LASTSAVE } from "./lastsave.ts";
import { LOLWUT } from "./lolwut.ts";
import { BGSAVE, SAVE } from "./save.ts";
import { INFO, TIME } from "./server.ts";
import { SHUTDOWN } from "./shutdown.ts";

/** The server itself: https://redis.io/docs/latest/commands/?group=server */
export const server: readonly Command[] = [
  BGSAVE,
  CONFIG,
  INFO,
  LASTSAVE,
  LOLWUT,
  SAVE,
  SHUTDOWN,
  TIME,
];
