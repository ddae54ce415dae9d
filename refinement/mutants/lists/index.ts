/** Every mutant. */
import type { Mutant } from "../mutant.ts";
import { keyspaceMutants } from "./keyspace.ts";

/** Every mutant, room by room. */
export const mutants: readonly Mutant[] = [...keyspaceMutants];
