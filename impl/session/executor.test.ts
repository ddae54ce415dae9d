import { expect, test } from "vitest";
import { testInstance } from "../../testing/instance.ts";
import { commands } from "../commands/index.ts";
import { strings } from "../commands/strings/index.ts";
import { Request } from "../resp/request.ts";
import type { Call } from "./call.ts";
import type { Command } from "./command.ts";
import { Frames } from "./frames.ts";
import { IdleObserver, type Outcome, type RunningCommand } from "./observer.ts";
import type { Session } from "./session.ts";

test("a command inside another one leaves its call as it was", () => {
  const redis = testInstance(commands);
  const { instance, session } = redis;
  const frames = new Frames(instance);
  const [get, set] = ["get", "set"].map((name) => instance.commands.byName(name)!);
  const outer = frames.enter(session, get!, Request.of("get", "a"), session.reply, "client");
  const inner = frames.enter(session, set!, Request.of("set", "b", "c"), session.reply, "exec");
  expect([inner.depth, inner.request.text(0), frames.top]).toEqual([1, "set", inner]);
  expect(() => frames.leave(outer)).toThrow("innermost");
  frames.leave(inner);
  expect([outer.depth, outer.request.text(0), outer.record]).toEqual([0, "get", get]);
  frames.leave(outer);
  expect(frames.top).toBeNull();
  frames.verifyIdle();
});

/** Writes down what it is told. */
class Recorder extends IdleObserver {
  readonly lines: string[] = [];

  override begins(_: Session, request: Request): void {
    this.lines.push(`begins ${request.text(0)}`);
  }

  override enters({ record, origin, depth }: RunningCommand): void {
    this.lines.push(`enters ${record.fullName} ${origin} ${depth}`);
  }

  override leaves({ record, session, replyStart }: RunningCommand): void {
    const { reply } = session;
    const text = reply.bytes.toString("latin1", replyStart, reply.length);
    this.lines.push(`leaves ${record.fullName} ${JSON.stringify(text)}`);
  }

  override ends(_: Session, outcome: Outcome): void {
    this.lines.push(`ends ${outcome}`);
  }

  override disconnects(): void {
    this.lines.push("disconnects");
  }
}

test("an observer is told of each step, of the commands inside EXEC too", () => {
  const redis = testInstance(commands);
  const recorder = new Recorder();
  const other = new Recorder();
  redis.instance.observe(recorder);
  redis.instance.observe(other);
  redis.script("multi", "set a 1", "get a", "exec", "get", "nonsense");
  redis.instance.clients.disconnect(redis.session);
  expect(recorder.lines).toEqual([
    ...["begins multi", "enters multi client 0", 'leaves multi "+OK\\r\\n"', "ends ran"],
    ...["begins set", "ends queued", "begins get", "ends queued"],
    ...["begins exec", "enters exec client 0"],
    ...["enters set exec 1", 'leaves set "+OK\\r\\n"'],
    ...["enters get exec 1", 'leaves get "$1\\r\\n1\\r\\n"'],
    'leaves exec "*2\\r\\n+OK\\r\\n$1\\r\\n1\\r\\n"',
    ...["ends ran", "begins get", "ends refused", "begins nonsense", "ends refused"],
    "disconnects",
  ]);
  expect(other.lines).toEqual(recorder.lines);
  redis.instance.ignore(recorder);
  redis.instance.ignore(other);
  expect(redis.instance.observer).toBeNull();
});

/** A command that spoils something, beside the real ones. */
function spoiling(handler: (call: Call) => void): readonly Command[] {
  const spoil: Command = {
    name: "spoil",
    arity: 2,
    flags: ["write"],
    acl: [],
    group: "string",
    since: "7.0.0",
    summary: "Spoils",
    handler,
  };
  return [...strings, spoil];
}

test("a change that is told to nobody is caught", () => {
  const redis = testInstance(
    spoiling((call) => {
      call.keyspace.remove(call.lookupWrite(1));
      call.reply.ok();
    }),
  );
  redis.run("set a 1");
  expect(() => redis.run("spoil a")).toThrow("spoil has changed a key and has not said so");
});

test("a change without an effect is caught", () => {
  const redis = testInstance(
    spoiling((call) => {
      call.remove(1, call.lookupWrite(1));
      call.effect = "rewritten";
      call.reply.ok();
    }),
  );
  redis.run("set a 1");
  expect(() => redis.run("spoil a")).toThrow("spoil has changed a key without an effect");
});

test("rules of admission are asked in Redis' order", () => {
  const redis = testInstance(commands);
  const { settings } = redis.instance;
  const stranger = redis.connect();
  stranger.session.authenticated = false;
  redis.instance.users.setDefaultPassword("secret");
  settings.maxMemoryBytes = 1;
  expect(stranger.run("debug sleep 0")).toMatch(/^-ERR DEBUG command not allowed/);
  expect(stranger.run("set a 1")).toMatch(/^-NOAUTH /);
  expect(redis.run("set a 1")).toMatch(/^-OOM /);
  settings.minReplicas = 1;
  expect(redis.run("set a 1")).toMatch(/^-OOM /);
  settings.maxMemoryBytes = 0;
  expect(redis.run("set a 1")).toMatch(/^-NOREPLICAS /);
});
