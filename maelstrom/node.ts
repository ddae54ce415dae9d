/** The Maelstrom node: Veridis behind Maelstrom's protocol. `maelstrom/node` starts it. */
import { serve } from "./serve.ts";
import { Store } from "./store.ts";
import { echo } from "./workloads/echo.ts";
import { linKv } from "./workloads/lin-kv.ts";
import { txnListAppend } from "./workloads/txn-list-append.ts";

await serve({ ...echo, ...linKv, ...txnListAppend }, await Store.open());
