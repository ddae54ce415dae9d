import { expect, it } from "vitest";
import { Scheduler } from "./scheduler.ts";

it("runs events by time, and those of one moment in the order of their coming", () => {
  const scheduler = new Scheduler();
  const seen: string[] = [];
  const at = (delayUs: number, name: string): void => {
    scheduler.after(delayUs, name, () => seen.push(`${name} at ${scheduler.clock.us}`));
  };
  at(30, "c");
  at(10, "a");
  at(30, "d");
  at(20, "b");
  const cancelled = scheduler.after(15, "never", () => seen.push("never"));
  scheduler.cancel(cancelled);
  while (scheduler.step() !== null);
  expect(seen).toEqual(["a at 10", "b at 20", "c at 30", "d at 30"]);
});

it("keeps the order among many", () => {
  const scheduler = new Scheduler();
  const times: number[] = [];
  for (let i = 0; i < 500; i++) {
    scheduler.after((i * 7919) % 101, "one", () => times.push(scheduler.clock.us));
  }
  while (scheduler.step() !== null);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(times).toHaveLength(500);
});
