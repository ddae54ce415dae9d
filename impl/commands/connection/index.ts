import type { Command } from "../../session/command.ts";
import { CLIENT } from "./client.ts";
import { ASKING, READONLY, READWRITE } from "./cluster.ts";
import { ECHO, PING, QUIT, RESET } from "./connection.ts";
import { AUTH, HELLO } from "./hello.ts";

/** Connection handling: https://redis.io/docs/latest/commands/?group=connection */
export const connection: readonly Command[] = [
  ...[AUTH, ECHO, HELLO, PING, QUIT, RESET, CLIENT],
  ...[ASKING, READONLY, READWRITE],
];
