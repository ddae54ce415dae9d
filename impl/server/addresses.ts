/** The addresses of `bind` and of directives like it, as the system takes them. */

/** An entry: where to listen, and whether it may be missing. */
export interface Address {
  /** As in the configuration, without the sign of an optional one. */
  readonly host: string;
  readonly optional: boolean;
}

/** The entries of a directive. */
export function addressesOf(texts: readonly string[]): readonly Address[] {
  return texts.map((text) => {
    const optional = text.startsWith("-");
    return { host: optional ? text.slice(1) : text, optional };
  });
}

/** Words for addresses; other names than these can be looked up at start only. */
const ADDRESSES: Readonly<Record<string, string>> = {
  "*": "0.0.0.0",
  "::*": "::",
  localhost: "127.0.0.1",
};

/** The host to listen on for an entry. */
export function hostOf(address: string): string {
  return ADDRESSES[address] ?? address;
}

/** The machine has no such protocol: Redis goes on without that address. */
const NO_PROTOCOL = /^(ENOPROTOOPT|EPROTONOSUPPORT|ESOCKTNOSUPPORT|EPFNOSUPPORT|EAFNOSUPPORT)$/;

/** Whether the server can do without an address that failed with this error. */
export function isBearable(code: string | undefined, optional: boolean): boolean {
  if (code === undefined) return false;
  return NO_PROTOCOL.test(code) || (optional && code === "EADDRNOTAVAIL");
}
