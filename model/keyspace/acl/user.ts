/** What a user is. */
import { Schema } from "effect";
import { Bytes, BytesSet } from "../bytes.ts";

/** How keys that match a pattern may be used. */
export const KeyUse = Schema.Struct({ read: Schema.Boolean, write: Schema.Boolean });
/** How keys that match a pattern may be used. */
export interface KeyUse extends Schema.Schema.Type<typeof KeyUse> {}

/** Some commands on some keys and channels. */
export const Selector = Schema.Struct({
  /** It was given all commands, and has lost none since. */
  hasAll: Schema.Boolean,
  /** The names of the commands and subcommands that it allows. */
  commands: BytesSet,
  /** Commands that nobody knows yet are allowed, too. */
  future: Schema.Boolean,
  /** Commands that it does not allow, but with one of these first arguments. */
  firstArguments: Schema.ReadonlyMap(Bytes, Schema.Array(Bytes)),
  allKeys: Schema.Boolean,
  keys: Schema.ReadonlyMap(Bytes, KeyUse),
  allChannels: Schema.Boolean,
  channels: BytesSet,
});
/** Some commands on some keys and channels. */
export interface Selector extends Schema.Schema.Type<typeof Selector> {}

/** Who may log in how, and what it may do: what one of its selectors allows. */
export const User = Schema.Struct({
  isOn: Schema.Boolean,
  needsNoPassword: Schema.Boolean,
  sanitizing: Schema.Literals(["unsaid", "yes", "no"]),
  /** The hashes of its passwords. */
  passwords: Schema.Array(Bytes),
  /** What stands in no parentheses. */
  root: Selector,
  others: Schema.Array(Selector),
});
/** Who may log in how, and what it may do. */
export interface User extends Schema.Schema.Type<typeof User> {}

/** Users by name. */
export const Users = Schema.ReadonlyMap(Bytes, User);
/** Users by name. */
export type Users = ReadonlyMap<Bytes, User>;

/** What was refused, so often. */
export const Refusal = Schema.Struct({
  count: Schema.Int,
  reason: Schema.Literals(["command", "key", "channel", "auth"]),
  context: Schema.Literals(["toplevel", "multi", "lua"]),
  object: Bytes,
  username: Bytes,
  /** When it was refused last, in milliseconds since the Unix epoch. */
  atMs: Schema.BigInt,
});
/** What was refused, so often. */
export interface Refusal extends Schema.Schema.Type<typeof Refusal> {}

const NO_NAMES: ReadonlySet<Bytes> = new Set();

/** A selector that allows nothing. */
export const nothing: Selector = {
  hasAll: false,
  commands: NO_NAMES,
  future: false,
  firstArguments: new Map(),
  allKeys: false,
  keys: new Map(),
  allChannels: false,
  channels: NO_NAMES,
};

/** A user who has just been named. */
export const nobody: User = {
  isOn: false,
  needsNoPassword: false,
  sanitizing: "unsaid",
  passwords: [],
  root: nothing,
  others: [],
};
