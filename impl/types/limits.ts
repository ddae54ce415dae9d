/**
 * Up to where values are small ones, and so encoded, as the configuration says at the moment. Values
 * that are there stay as they are until they are written again.
 */
export interface EncodingLimits {
  /** `hash-max-listpack-entries`. */
  readonly hashMaxListpackEntries: number;
  /** `hash-max-listpack-value`, in bytes. */
  readonly hashMaxListpackValueBytes: number;
  /** `set-max-intset-entries`. */
  readonly setMaxIntsetEntries: number;
  /** `zset-max-listpack-entries`. */
  readonly zsetMaxListpackEntries: number;
  /** `zset-max-listpack-value`, in bytes. */
  readonly zsetMaxListpackValueBytes: number;
}

/** The limits of a configuration that nobody has changed. */
export const DEFAULT_LIMITS: EncodingLimits = {
  hashMaxListpackEntries: 512,
  hashMaxListpackValueBytes: 64,
  setMaxIntsetEntries: 512,
  zsetMaxListpackEntries: 128,
  zsetMaxListpackValueBytes: 64,
};
