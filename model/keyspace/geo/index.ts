/** The commands on places, which are sorted sets. */
import type { Family } from "../command.ts";
import { keyed, storing, TWO, takingMemory } from "../declare.ts";
import * as geo from "./geo.ts";
import * as search from "./search.ts";

/** The commands on places by name. */
export const geoCommands: Family = {
  geoadd: takingMemory(keyed(-5, geo.geoadd)),
  geodist: keyed(-4, geo.geodist),
  geohash: keyed(-2, geo.geohash),
  geopos: keyed(-2, geo.geopos),
  georadius: takingMemory(storing(-6, search.georadius, 6)),
  georadius_ro: keyed(-6, search.georadiusRo),
  georadiusbymember: takingMemory(storing(-5, search.georadiusbymember, 5)),
  georadiusbymember_ro: keyed(-5, search.georadiusbymemberRo),
  geosearch: keyed(-7, search.geosearch),
  geosearchstore: takingMemory(keyed(-8, search.geosearchstore, TWO)),
};
