/**
 * Distances to the last bit, beside redis-server: from each place that the generators draw, and from
 * where a member is kept that was added there, to every such member.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { formatDouble } from "../../model/keyspace/doubles.ts";
import { distance } from "../../model/keyspace/geo/distance.ts";
import { type Place, placeOf, scoreOf } from "../../model/keyspace/geo/places.ts";
import { ask, connectClient, type WireClient } from "../../testing/wire/client.ts";
import { knownPlaces } from "../generators/geo/places.ts";
import { decodeReply, itemsOf, textOf } from "./declarations.ts";
import { type RedisServer, startRedis } from "./redis.ts";

let redis: RedisServer;
let client: WireClient;

beforeAll(async () => {
  redis = await startRedis();
  client = await connectClient(redis.port);
});

afterAll(async () => {
  client.close();
  await redis.stop();
});

const typed: readonly Place[] = knownPlaces.map(([longitude, latitude]) => ({
  longitude: Number(longitude),
  latitude: Number(latitude),
}));
const kept: readonly Place[] = typed.map((place) => placeOf(Number(scoreOf(place))));

/** What redis-server finds from there: members with their distances. */
async function found(...from: readonly string[]): Promise<readonly (readonly [string, string])[]> {
  await ask(client, "GEOSEARCHSTORE", "d", "g", ...from, "BYRADIUS", "1e9", "m", "STOREDIST");
  const items = itemsOf(decodeReply(await ask(client, "ZRANGE", "d", "0", "-1", "WITHSCORES")));
  const texts = items.map(textOf);
  return texts.flatMap((name, i) => (i % 2 === 0 ? [[name, texts[i + 1]!] as const] : []));
}

/** The model's distance to a member. */
function wanted(from: Place, name: string): string {
  return formatDouble(distance(from, kept[Number(name.slice(1))]!));
}

test("every distance between known places is redis-server's, to the last bit", async () => {
  await ask(client, "GEOADD", "g", ...knownPlaces.flatMap((place, i) => [...place, `m${i}`]));
  const met = new Set<string>();
  for (const [i, place] of knownPlaces.entries()) {
    for (const [from, ...option] of [
      [typed[i]!, "FROMLONLAT", ...place],
      [kept[i]!, "FROMMEMBER", `m${i}`],
    ] as const) {
      for (const [name, metres] of await found(...option)) {
        expect([...option, name, wanted(from, name)]).toEqual([...option, name, metres]);
        met.add(name);
      }
    }
  }
  // Those at the eastern end are found from there only.
  expect(met.size).toBe(knownPlaces.length);
});
