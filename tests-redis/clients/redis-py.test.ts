/** redis-py: Python's client, with threads and with asyncio. */
import { fileURLToPath } from "node:url";
import { provisionRedisPy } from "../../scripts/provision/foreign.ts";
import { pythonVersion } from "../../scripts/provision/toolchains.ts";
import { foreignTests } from "./foreign.ts";

const WORKLOAD = fileURLToPath(new URL("redis-py/workload.py", import.meta.url));

foreignTests({
  toolchain: pythonVersion(),
  tests: [
    "values of every type, as bytes and as text",
    "errors have their classes and texts",
    "threads that watch and count lose no update",
    "a pipeline of a thousand, in a transaction and not, with an error among them",
    "a lock lets one in at a time, ends by itself, and is nobody else's to release",
    "scripts, also where the server has forgotten them",
    "messages of channels and patterns come in order",
    "workers that wait take each job exactly once",
    "consumers of a group share a stream, and one claims what another left",
    "asyncio: many at once, messages, and a wait that is cancelled",
  ],
  prepare: async () => ({
    command: ["python3", WORKLOAD],
    env: { PYTHONPATH: await provisionRedisPy() },
  }),
});
