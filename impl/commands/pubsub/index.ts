import type { Command } from "../../session/command.ts";
import { PUBLISH, SPUBLISH } from "./publish.ts";
import { PUBSUB } from "./pubsub.ts";
import {
  PSUBSCRIBE,
  PUNSUBSCRIBE,
  SSUBSCRIBE,
  SUBSCRIBE,
  SUNSUBSCRIBE,
  UNSUBSCRIBE,
} from "./subscribe.ts";

/** Publish and subscribe: https://redis.io/docs/latest/commands/?group=pubsub */
export const pubsub: readonly Command[] = [
  SUBSCRIBE,
  UNSUBSCRIBE,
  PSUBSCRIBE,
  PUNSUBSCRIBE,
  SSUBSCRIBE,
  SUNSUBSCRIBE,
  PUBLISH,
  SPUBLISH,
  PUBSUB,
];
