import { expect, it } from "vitest";
import { libraryPayloads } from "../model/keyspace/scripting/library-payloads.ts";
import { World } from "../refinement/refine/world.ts";
import { NO_DATA, Shadow } from "./shadow.ts";

/** A server and its shadow, with one client. */
function pair() {
  const world = new World(1);
  const session = world.connect();
  const shadow = new Shadow();
  shadow.connect(session.id);
  const run = (line: string, change: (reply: string) => string = (reply) => reply): void => {
    const args = line.split(" ");
    const { reply } = world.send(session, args);
    shadow.ran(world.instance, session, args, { reply: change(reply) });
    shadow.compare(world.instance, line);
  };
  return { world, session, shadow, run };
}

it("agrees with an honest server", () => {
  const { run, shadow } = pair();
  for (const line of ["SET a 1", "INCR a", "MULTI", "GET a", "EXEC", "GET b"]) run(line);
  expect(shadow.compared).toBe(6);
});

it("notices another reply", () => {
  const { run } = pair();
  expect(() => run("SET a 1", () => "+NO\r\n")).toThrow(/reply/);
});

it("notices another state", () => {
  const { run, world, session } = pair();
  run("SET a 1");
  world.send(session, ["SET", "b", "2"]);
  expect(() => run("GET a")).toThrow(/state/);
});

it("takes a command that the log refuses as one that does not exist", () => {
  const { run, shadow, world, session } = pair();
  run("MULTI");
  world.send(session, ["NONESUCH"]);
  shadow.refused(world.instance, session, ["SET", "a", "1"]);
  run("EXEC");
});

it("notices that a recovered server has other data than the last unit left", () => {
  const { run, shadow, world } = pair();
  run("SET a 1");
  const after = shadow.data;
  shadow.forget();
  expect(() => shadow.restarted(world.instance, NO_DATA, 0)).toThrow(/recovery/);
  shadow.restarted(world.instance, after, 1);
});

it("notices that a recovered server has other libraries than the last unit left", () => {
  const { shadow, world, session } = pair();
  const [code] = [...libraryPayloads.values()].find((codes) => codes.length > 0)!;
  const load = ["FUNCTION", "LOAD", code!];
  shadow.ran(world.instance, session, load, { reply: world.send(session, load).reply });
  const after = shadow.data;
  expect(after.libraries.size).toBe(1);
  shadow.forget();
  expect(() => shadow.restarted(world.instance, NO_DATA, 0)).toThrow(/recovery/);
  shadow.restarted(world.instance, after, 1);
});
