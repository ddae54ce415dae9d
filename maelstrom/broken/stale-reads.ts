/** A node that is broken on purpose: now and then a read answers what was there before. */
import { serve } from "../serve.ts";
import { Store } from "../store.ts";
import { keyOf, linKv } from "../workloads/lin-kv.ts";

const STALE_EVERY = 10;
const before = new Map<string, unknown>();
const last = new Map<string, unknown>();
let reads = 0;

const handlers = {
  ...linKv,
  read: async (...[body, store]: Parameters<typeof linKv.read>) => {
    const answer = await linKv.read(body, store);
    const key = keyOf(body);
    const value = answer["value"];
    if (last.get(key) !== value) before.set(key, last.get(key));
    last.set(key, value);
    reads += 1;
    const stale = before.get(key);
    return reads % STALE_EVERY !== 0 || stale === undefined ? answer : { ...answer, value: stale };
  },
};

await serve(handlers, await Store.open());
