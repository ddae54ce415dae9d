/** Directives about memory, expiry, eviction and how values are encoded. */
import { directive } from "./directive.ts";
import { bool, choice, integer, memory } from "./kinds.ts";
import { INT_MAX, INT_MIN, LLONG_MAX, ULLONG_MAX } from "./numbers.ts";

/** Sizes that C keeps in a `size_t`. */
const SIZE = { unsigned: true } as const;

/** What Redis says when it was built without an allocator that can compact memory. */
const NO_DEFRAGMENTATION =
  "Active defragmentation cannot be enabled: it requires a Redis server compiled with a modified " +
  "Jemalloc like the one shipped by default with the Redis source distribution";

export const DATA = [
  directive(
    "maxmemory",
    memory(0, 0, ULLONG_MAX, SIZE),
    "Most memory in bytes, beyond which keys are evicted or commands refused that may take more; 0 is no limit.",
    { effect: "live" },
  ),
  directive(
    "maxmemory-policy",
    choice(
      [
        "volatile-lru",
        "volatile-lfu",
        "volatile-random",
        "volatile-ttl",
        "allkeys-lru",
        "allkeys-lfu",
        "allkeys-random",
        "noeviction",
      ],
      "noeviction",
    ),
    "Which keys are evicted when maxmemory is reached.",
    { effect: "live" },
  ),
  directive("maxmemory-samples", integer(5, 1), "Keys compared to choose one to evict.", {
    effect: "live",
  }),
  directive(
    "maxmemory-eviction-tenacity",
    integer(10, 0, 100),
    "How long evicting may delay a command, from 0 (briefly) to 100 (as long as it takes).",
    { effect: "live" },
  ),
  directive("lfu-log-factor", integer(10), "How slowly the counter of accesses saturates.", {
    effect: "live",
  }),
  directive(
    "lfu-decay-time",
    integer(1),
    "Minutes after which the counter of accesses is lowered.",
    { effect: "live" },
  ),
  directive("active-expire-effort", integer(1, 1, 10), "Effort spent on finding expired keys."),
  directive("activerehashing", bool(true), "Spend idle time on resizing the tables of keys."),
  directive("lazyfree-lazy-eviction", bool(false), "Evict by UNLINK instead of DEL.", {
    effect: "live",
  }),
  directive("lazyfree-lazy-expire", bool(false), "Free expired values in the background.", {
    effect: "live",
  }),
  directive("lazyfree-lazy-server-del", bool(false), "Free overwritten values in the background.", {
    effect: "live",
  }),
  directive("lazyfree-lazy-user-del", bool(false), "Let DEL free values as UNLINK does.", {
    effect: "live",
  }),
  directive(
    "lazyfree-lazy-user-flush",
    bool(false),
    "Let FLUSHALL and FLUSHDB be ASYNC by default.",
    { effect: "live" },
  ),

  directive(
    "activedefrag",
    bool(false, NO_DEFRAGMENTATION),
    "Compact fragmented memory while the server runs.",
  ),
  directive(
    "active-defrag-ignore-bytes",
    memory(100 << 20, 1, LLONG_MAX, SIZE),
    "Wasted bytes from which compaction starts.",
  ),
  directive(
    "active-defrag-threshold-lower",
    integer(10, 0, 1000),
    "Percentage of fragmentation from which compaction starts.",
  ),
  directive(
    "active-defrag-threshold-upper",
    integer(100, 0, 1000),
    "Percentage of fragmentation from which compaction takes most effort.",
  ),
  directive(
    "active-defrag-cycle-min",
    integer(1, 1, 99),
    "Least effort of compaction in % of CPU.",
  ),
  directive(
    "active-defrag-cycle-max",
    integer(25, 1, 99),
    "Most effort of compaction in % of CPU.",
  ),
  directive(
    "active-defrag-max-scan-fields",
    integer(1000, 1, LLONG_MAX),
    "Larger collections are compacted one by one.",
  ),

  directive(
    "hash-max-listpack-entries",
    integer(512, 0, LLONG_MAX, SIZE),
    "Most fields of a hash that is encoded as a listpack.",
    { alias: "hash-max-ziplist-entries", effect: "live" },
  ),
  directive(
    "hash-max-listpack-value",
    memory(64, 0, LLONG_MAX, SIZE),
    "Longest field or value of a hash that is encoded as a listpack.",
    { alias: "hash-max-ziplist-value", effect: "live" },
  ),
  directive(
    "list-max-listpack-size",
    integer(-2, INT_MIN, INT_MAX),
    "Size of a list's node: elements, or -1 to -5 for 4, 8, 16, 32, 64 kilobytes.",
    { alias: "list-max-ziplist-size", effect: "live" },
  ),
  directive(
    "list-compress-depth",
    integer(0),
    "Nodes at each end of a list that stay uncompressed; 0 compresses none.",
  ),
  directive(
    "set-max-intset-entries",
    integer(512, 0, LLONG_MAX, SIZE),
    "Most members of a set of integers that is encoded as an intset.",
    { effect: "live" },
  ),
  directive(
    "zset-max-listpack-entries",
    integer(128, 0, LLONG_MAX, SIZE),
    "Most members of a sorted set that is encoded as a listpack.",
    { alias: "zset-max-ziplist-entries", effect: "live" },
  ),
  directive(
    "zset-max-listpack-value",
    memory(64, 0, LLONG_MAX, SIZE),
    "Longest member of a sorted set that is encoded as a listpack.",
    { alias: "zset-max-ziplist-value", effect: "live" },
  ),
  directive(
    "hll-sparse-max-bytes",
    memory(3000, 0, LLONG_MAX, SIZE),
    "Largest sparse representation of a HyperLogLog.",
    { effect: "live" },
  ),
  directive(
    "stream-node-max-bytes",
    memory(4096, 0, LLONG_MAX, SIZE),
    "Largest node of a stream; 0 is no limit.",
    { effect: "live" },
  ),
  directive(
    "stream-node-max-entries",
    integer(100, 0, LLONG_MAX),
    "Most entries in a node of a stream; 0 is no limit.",
    { effect: "live" },
  ),
] as const;
