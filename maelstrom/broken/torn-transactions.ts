/** A node that is broken on purpose: the steps of a transaction run one by one. */
import { serve } from "../serve.ts";
import { Store } from "../store.ts";
import {
  commandOf,
  completed,
  type MicroOp,
  stepsOf,
  txnListAppend,
} from "../workloads/txn-list-append.ts";

const handlers = {
  ...txnListAppend,
  txn: async (...[body, store]: Parameters<typeof txnListAppend.txn>) => {
    const txn: MicroOp[] = [];
    for (const step of stepsOf(body)) {
      const [reply] = await store.with((connection) => connection.run(commandOf(step)));
      txn.push(completed(step, reply!));
    }
    return { type: "txn_ok", txn };
  },
};

await serve(handlers, await Store.open());
