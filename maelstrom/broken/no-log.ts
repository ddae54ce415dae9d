/** A node that is broken on purpose: it keeps no log, so that what it acknowledged dies with it. */
import { serve } from "../serve.ts";
import { Store } from "../store.ts";
import { linKv } from "../workloads/lin-kv.ts";

await serve(linKv, await Store.open());
