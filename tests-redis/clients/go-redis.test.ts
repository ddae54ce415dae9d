/** go-redis: Go's client, with a pool that many goroutines share. */
import { provisionGoRedis } from "../../scripts/provision/foreign.ts";
import { goVersion } from "../../scripts/provision/toolchains.ts";
import { foreignTests } from "./foreign.ts";

foreignTests({
  toolchain: goVersion(),
  tests: [
    "values of every type, errors, a scan of a thousand keys",
    "goroutines that watch and count lose no update",
    "fifty goroutines on one pool",
    "scripts, also where the server has forgotten them",
    "messages of channels and patterns come in order",
    "workers that wait take each job exactly once",
    "consumers of a group share a stream, and one claims what another left",
    "a wait that is cancelled takes nothing",
  ],
  prepare: async () => ({ command: [await provisionGoRedis()] }),
});
