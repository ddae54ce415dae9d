/** Every mutant. */
import type { Mutant } from "../mutant.ts";
import { accessMutants } from "./access.ts";
import { applicationMutants } from "./applications.ts";
import { bitMutants } from "./bits.ts";
import { blockingMutants } from "./blocking.ts";
import { commandMutants } from "./commands.ts";
import { configMutants } from "./config.ts";
import { crashMutants } from "./crash.ts";
import { durabilityMutants } from "./durability.ts";
import { functionMutants } from "./functions.ts";
import { geoMutants } from "./geo.ts";
import { hashMutants } from "./hashes.ts";
import { introspectionMutants } from "./introspection.ts";
import { judgeMutants } from "./judges.ts";
import { keyspaceMutants } from "./keyspace.ts";
import { listMutants } from "./lists.ts";
import { logMutants } from "./log.ts";
import { memoryMutants } from "./memory.ts";
import { modelMutants } from "./model.ts";
import { pubsubMutants } from "./pubsub.ts";
import { refinementMutants } from "./refinement.ts";
import { respMutants } from "./resp.ts";
import { scriptMutants } from "./scripting.ts";
import { sessionMutants } from "./session.ts";
import { setMutants } from "./sets.ts";
import { simMutants } from "./sim.ts";
import { sortingMutants } from "./sorting.ts";
import { specsMutants } from "./specs.ts";
import { streamMutants } from "./streams.ts";
import { structureMutants } from "./structures.ts";
import { tracesMutants } from "./traces.ts";
import { trackingMutants } from "./tracking.ts";
import { transactionMutants } from "./transactions.ts";
import { sortedSetMutants } from "./zsets.ts";

/** Every mutant, room by room. */
export const mutants: readonly Mutant[] = [
  ...accessMutants,
  ...modelMutants,
  ...keyspaceMutants,
  ...structureMutants,
  ...respMutants,
  ...commandMutants,
  ...bitMutants,
  ...hashMutants,
  ...listMutants,
  ...setMutants,
  ...sortedSetMutants,
  ...geoMutants,
  ...sortingMutants,
  ...scriptMutants,
  ...applicationMutants,
  ...functionMutants,
  ...streamMutants,
  ...sessionMutants,
  ...memoryMutants,
  ...pubsubMutants,
  ...trackingMutants,
  ...introspectionMutants,
  ...configMutants,
  ...logMutants,
  ...durabilityMutants,
  ...transactionMutants,
  ...blockingMutants,
  ...refinementMutants,
  ...specsMutants,
  ...judgeMutants,
  ...simMutants,
  ...crashMutants,
  ...tracesMutants,
];
