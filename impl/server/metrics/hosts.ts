/** Which names a browser may have reached the page by. */
import { isIP } from "node:net";

/**
 * True for a Host header that names this server by an address, as localhost, or by a name that it is
 * told to listen at. Any other name may be one that a hostile page has made point here (DNS
 * rebinding): with it the page would read what its own reader may.
 *
 * @param bound the names that the server listens at
 */
export function isOwnHost(header: string | undefined, bound: readonly string[]): boolean {
  if (header === undefined) return false;
  const found = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::\d{1,5})?$/i.exec(header);
  if (found === null) return false;
  const [, bracketed, plain = ""] = found;
  if (bracketed !== undefined) return isIP(bracketed) === 6;
  const name = plain.toLowerCase().replace(/\.$/, "");
  return isIP(name) === 4 || name === "localhost" || bound.includes(name);
}
