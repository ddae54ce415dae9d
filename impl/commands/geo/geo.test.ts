import { afterEach, expect, test, vi } from "vitest";
import { OOM, refuseBuffers } from "../../../testing/full-memory.ts";
import { testInstance } from "../../../testing/instance.ts";
import { commands } from "../index.ts";

afterEach(() => vi.unstubAllGlobals());

const SICILY = "GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania";

test("what Redis' manual shows", () => {
  const redis = testInstance(commands);
  expect(
    redis.script(
      SICILY,
      "GEOPOS g Palermo nobody",
      "GEOHASH g Palermo Catania nobody",
      "GEODIST g Palermo Catania",
      "GEODIST g Palermo Catania mi",
      "GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 200 km ASC",
      "GEOSEARCH g FROMLONLAT 15 37 BYBOX 400 400 km ASC WITHDIST WITHHASH",
      "GEORADIUSBYMEMBER g Palermo 1 km WITHCOORD",
    ),
  ).toEqual([
    `${SICILY} => :2`,
    "GEOPOS g Palermo nobody => *2 *2 $20 13.36138933897018433 $20 38.11555639549629859 *-1",
    "GEOHASH g Palermo Catania nobody => *3 $11 sqc8b49rny0 $11 sqdtr74hyu0 $-1",
    "GEODIST g Palermo Catania => $11 166274.1516",
    "GEODIST g Palermo Catania mi => $8 103.3182",
    "GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 200 km ASC => *2 $7 Catania $7 Palermo",
    "GEOSEARCH g FROMLONLAT 15 37 BYBOX 400 400 km ASC WITHDIST WITHHASH => *2 *3 $7 Catania $7 56.4413 :3479447370796909 *3 $7 Palermo $8 190.4424 :3479099956230698",
    "GEORADIUSBYMEMBER g Palermo 1 km WITHCOORD => *1 *2 $7 Palermo *2 $20 13.36138933897018433 $20 38.11555639549629859",
  ]);
});

test("GEOADD propagates as ZADD, with every digit; what is stored as it came; what is not, not at all", () => {
  const redis = testInstance(commands);
  redis.run("SET other 1");
  redis.effects();
  redis.run("GEOADD g nx CH 180 -85.051126245 a 0 0 b");
  redis.run("GEOADD g 0 0 b");
  redis.run("GEORADIUS g 0 0 1 km");
  redis.run("GEORADIUS g 0 0 1 km STORE d");
  redis.run("GEOSEARCHSTORE d g FROMLONLAT 90 0 BYRADIUS 1 km");
  redis.run("GEOSEARCHSTORE d g FROMLONLAT 90 0 BYRADIUS 1 km");
  expect(redis.effects()).toEqual([
    "zadd g nx CH 9007199254740993 a 3377699720527872 b",
    "GEORADIUS g 0 0 1 km STORE d",
    "GEOSEARCHSTORE d g FROMLONLAT 90 0 BYRADIUS 1 km",
  ]);
});

test("what finds no memory leaves no key behind, and what was added is an effect", () => {
  const redis = testInstance(commands);
  const long = "x".repeat(700_000);
  redis.run(SICILY);
  redis.send("GEOADD", "big", "1", "1", long);
  redis.effects();
  refuseBuffers();
  expect(redis.send("GEOADD", "new", "1", "1", long)).toBe(OOM);
  expect(redis.run("GEOSEARCHSTORE new big FROMLONLAT 1 1 BYRADIUS 1 km")).toBe(OOM);
  expect(redis.run("GEORADIUS big 1 1 1 km STOREDIST new")).toBe(OOM);
  expect(redis.effects()).toEqual([]);
  expect(redis.send("GEOADD", "g", "1", "1", "a", "2", "2", long, "3", "3", "b")).toBe(OOM);
  expect(redis.effects()).toEqual(["zadd g 3377822707026402 a"]);
  expect(redis.script("ZCARD g", "DBSIZE")).toEqual(["ZCARD g => :3", "DBSIZE => :2"]);
});

test("room for very many that were found is given back", () => {
  const redis = testInstance(commands);
  const members = Array.from({ length: 3000 }, (_, i) => ["1", "1", `m${i}`]);
  redis.send("GEOADD", "g", ...members.flat());
  redis.run("GEOADD few 1 1 a");
  const search = "FROMLONLAT 1 1 BYRADIUS 1 km DESC COUNT 2999 WITHDIST";
  expect(redis.run(`GEOSEARCH g ${search}`)).toMatch(/^\*2999\r\n/);
  expect(redis.run(`GEOSEARCH few ${search}`)).toMatch(/^\*1\r\n/);
});

test("a score that is no place's is one all the same", () => {
  const redis = testInstance(commands);
  redis.run("ZADD g -1 a 1e300 b 1.9 c inf d -inf e");
  // As redis-server 7.0.15 answers.
  expect(redis.script("GEOHASH g a b c d e", "GEODIST g a b")).toEqual([
    "GEOHASH g a b c d e => *5 $11 bp05b5048p0 $11 00bh0hbj200 $11 00bh0hbj210 $11 00bh0hbj200 $11 00bh0hbj200",
    "GEODIST g a b => $13 18919844.5891",
  ]);
});
