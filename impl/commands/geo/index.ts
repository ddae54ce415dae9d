import type { Command } from "../../session/command.ts";
import { GEOADD } from "./add.ts";
import {
  GEORADIUS,
  GEORADIUS_RO,
  GEORADIUSBYMEMBER,
  GEORADIUSBYMEMBER_RO,
  GEOSEARCH,
  GEOSEARCHSTORE,
} from "./declarations.ts";
import { GEODIST, GEOHASH, GEOPOS } from "./read.ts";

/** Places in sorted sets: https://redis.io/docs/latest/develop/data-types/geospatial/ */
export const geo: readonly Command[] = [
  GEOADD,
  GEODIST,
  GEOHASH,
  GEOPOS,
  GEORADIUS,
  GEORADIUS_RO,
  GEORADIUSBYMEMBER,
  GEORADIUSBYMEMBER_RO,
  GEOSEARCH,
  GEOSEARCHSTORE,
];
