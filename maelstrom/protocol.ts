/**
 * Maelstrom's protocol: one JSON message a line, on standard input and output. The document is
 * `doc/protocol.md` of jepsen-io/maelstrom.
 */

/** What a message says. A request has a `msg_id`, its answer the same number in `in_reply_to`. */
export interface Body {
  readonly type: string;
  readonly msg_id?: number;
  readonly in_reply_to?: number;
  readonly [field: string]: unknown;
}

/** A message from a node or client to another. */
export interface Message {
  readonly src: string;
  readonly dest: string;
  readonly body: Body;
}

/** The codes of Maelstrom's errors that occur here. */
export const ErrorCode = {
  notSupported: 10,
  temporarilyUnavailable: 11,
  malformedRequest: 12,
  crash: 13,
  keyDoesNotExist: 20,
  preconditionFailed: 22,
} as const;

/** Codes after which the operation has certainly not taken effect and never will. */
const DEFINITE: ReadonlySet<unknown> = new Set([1, 10, 11, 12, 14, 20, 21, 22, 30]);

/** Whether an error's code says that nothing has happened. */
export function isDefinite(code: unknown): boolean {
  return DEFINITE.has(code);
}

/** An answer that is an error. */
export class RpcError extends Error {
  readonly code: number;

  constructor(code: number, text: string) {
    super(text);
    this.code = code;
  }
}

/** One message as a line, with its end. */
export function encodeMessage(message: Message): string {
  return `${JSON.stringify(message)}\n`;
}

/**
 * Reads a line.
 *
 * @throws RpcError when it is not a message
 */
export function decodeMessage(line: string): Message {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    value = null;
  }
  if (!isMessage(value)) throw new RpcError(ErrorCode.malformedRequest, "not a message");
  return value;
}

function isMessage(value: unknown): value is Message {
  if (!isObject(value) || !isObject(value["body"])) return false;
  const { src, dest, body } = value;
  return typeof src === "string" && typeof dest === "string" && typeof body["type"] === "string";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A JSON value as text: equal texts for equal values, in whatever order their fields came. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (!isObject(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
