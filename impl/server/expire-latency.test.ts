import { expect, test } from "vitest";
import { VirtualClock } from "../../testing/clock.ts";
import { testInstance } from "../../testing/instance.ts";
import { commands } from "../commands/index.ts";
import { Config } from "../config/config.ts";
import { IdleObserver } from "../session/observer.ts";
import { followLimits } from "./limits.ts";
import { ServerCore } from "./server-core.ts";

/** Milliseconds that the removal of one expired key takes here. */
const REMOVAL_MS = 5;

/** Lets the time pass that the removal of an expired key takes. */
class SlowRemoval extends IdleObserver {
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    super();
    this.#clock = clock;
  }

  override expires(): void {
    this.#clock.advance(REMOVAL_MS);
  }
}

/** The latency monitor's events after a tick in which `count` keys expire. */
function eventsOf(count: number, thresholdMs: number): string {
  const config = new Config();
  const clock = new VirtualClock();
  const redis = testInstance(commands, config, { clock });
  const { instance } = redis;
  const { limits, parserLimits } = followLimits(config);
  const log = { warn: () => {}, notice: () => {}, verbose: () => {} };
  const core = new ServerCore(instance, limits, parserLimits, log, () => {});
  for (let i = 0; i < count; i++) redis.run(`set key:${i} value px 50`);
  redis.run(`config set latency-monitor-threshold ${thresholdMs}`);
  instance.observe(new SlowRemoval(clock));
  clock.advance(100);
  core.tick();
  return redis.run("latency latest").replaceAll("\r\n", " ");
}

test("an expire cycle that lasts as long as the threshold is an event", () => {
  expect(eventsOf(4, 20)).toMatch(/^\*1 \*4 \$12 expire-cycle :\d+ :20 :20 $/);
});

test("a shorter one is none, and without a threshold none is", () => {
  expect(eventsOf(3, 20)).toBe("*0 ");
  expect(eventsOf(4, 0)).toBe("*0 ");
});
