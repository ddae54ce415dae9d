/**
 * The Maelstrom node: Veridis behind Maelstrom's protocol. `maelstrom/node` starts it. With
 * `VERIDIS_DIR` it keeps a log there under `appendfsync always`, and goes on where it was killed.
 */
import { serve } from "./serve.ts";
import { Store } from "./store.ts";
import { echo } from "./workloads/echo.ts";
import { linKv } from "./workloads/lin-kv.ts";
import { txnListAppend } from "./workloads/txn-list-append.ts";

const directory = process.env["VERIDIS_DIR"] ?? "";
const durable = { appendonly: "yes", appendfsync: "always", dir: directory };
const store = await Store.open(directory === "" ? {} : { config: durable });
await serve({ ...echo, ...linKv, ...txnListAppend }, store);
