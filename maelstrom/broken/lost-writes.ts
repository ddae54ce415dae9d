/** A node that is broken on purpose: now and then it acknowledges what it does not do. */
import { type Handler, serve } from "../serve.ts";
import { Store } from "../store.ts";
import { linKv } from "../workloads/lin-kv.ts";

const LOST_EVERY = 10;
let writes = 0;

function forgetful(type: string, handler: Handler): Handler {
  return (body, store) => {
    writes += 1;
    return writes % LOST_EVERY === 0 ? { type } : handler(body, store);
  };
}

const handlers = {
  ...linKv,
  write: forgetful("write_ok", linKv.write),
  cas: forgetful("cas_ok", linKv.cas),
};

await serve(handlers, await Store.open());
