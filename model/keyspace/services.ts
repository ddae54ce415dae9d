/** The services that a step of the model asks its environment for. */
import { Context } from "effect";

/** The wall clock. It is read once per request: time stands still while a command runs. */
export class Clock extends Context.Service<
  Clock,
  {
    /** Microseconds since the Unix epoch. */
    readonly nowUs: () => bigint;
  }
>()("veridis/model/Clock") {}

/** The source of chance. */
export class Random extends Context.Service<
  Random,
  {
    /** A uniform unsigned 32-bit integer. */
    readonly nextU32: () => number;
  }
>()("veridis/model/Random") {}
