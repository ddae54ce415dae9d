/** What Redis refuses in single strings: file names, host names, process titles. */
import type { Refuse } from "./kinds.ts";

const MAX_HOSTNAME_LENGTH = 255;

/** A file name without a directory; `what` names it in the refusal. */
export function baseName(name: string, what: "filename" | "dirname", mayBeEmpty = false): Refuse {
  return (text) => {
    if (text === "" && !mayBeEmpty) return `${name} can't be empty`;
    return /[/\\]/.test(text) ? `${name} can't be a path, just a ${what}` : null;
  };
}

/** A host name of letters, digits, hyphens and dots, at most 255 characters long. */
export const hostname: Refuse = (text) => {
  if (text.length > MAX_HOSTNAME_LENGTH) return "Hostnames must be less than 256 characters";
  if (/^[A-Za-z0-9.-]*$/.test(text)) return null;
  return "Hostnames may only contain alphanumeric characters, hyphens or dots";
};

/** The variables of a process title; those that may be empty stand for nothing here. */
const TITLE_VARIABLES = new Map([
  ["title", ""],
  ["listen-addr", "address"],
  ["server-mode", ""],
  ["config-file", "file"],
  ["port", "0"],
  ["tls-port", "0"],
  ["unixsocket", ""],
]);

/** A title with known variables in braces (`{{` is a brace) that does not come out empty. */
export const titleTemplate: Refuse = (text) => {
  let known = true;
  const title = text.replace(/\{\{|\{[^}]*\}?/g, (found) => {
    if (found === "{{") return "{";
    const value = found.endsWith("}") ? TITLE_VARIABLES.get(found.slice(1, -1)) : undefined;
    if (value === undefined) known = false;
    return value ?? "";
  });
  if (known && title.replace(/^ +| +$/g, "") !== "") return null;
  return "template format is invalid or contains unknown variables";
};
