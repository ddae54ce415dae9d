/** Values of TLA+: read from what TLC prints, and brought into one canonical form. */
import { ModelValue, modelValue, type TlaState, type TlaValue } from "../../model/machine.ts";

/** Text that is not a value of TLA+ as TLC prints it. */
export class NotAValue extends Error {
  override readonly name = "NotAValue";
}

/**
 * The canonical form of a value: equal values have equal texts, unequal values unequal ones. It is
 * written as in TLA+, without spaces, sets and functions in the order of their texts.
 */
export function canonical(value: TlaValue): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw new NotAValue(`${value} is not an integer of TLA+`);
    return String(value);
  }
  if (typeof value === "boolean") return value ? "TRUE" : "FALSE";
  if (value instanceof ModelValue) return value.name;
  if (Array.isArray(value)) return `<<${value.map(canonical).join(",")}>>`;
  if (value instanceof Set) return `{${sortedUnique([...value].map(canonical)).join(",")}}`;
  if (value instanceof Map) return canonicalFunction(value);
  return canonicalRecord(Object.entries(value as TlaState));
}

function sortedUnique(texts: string[]): string[] {
  texts.sort();
  return texts.filter((text, index) => text !== texts[index - 1]);
}

function canonicalRecord(fields: [string, TlaValue][]): string {
  if (fields.length === 0) return "<<>>";
  fields.sort(([a], [b]) => (a < b ? -1 : 1));
  return `[${fields.map(([name, value]) => `${name}|->${canonical(value)}`).join(",")}]`;
}

function canonicalFunction(map: ReadonlyMap<TlaValue, TlaValue>): string {
  const keys = [...map.keys()];
  if (keys.every((key) => typeof key === "string")) {
    return canonicalRecord([...map] as [string, TlaValue][]);
  }
  const values: TlaValue[] = [];
  for (let index = 1; index <= map.size; index++) {
    const value = map.get(index);
    if (value === undefined) break;
    values.push(value);
  }
  if (values.length === map.size) return canonical(values);
  const pairs = [...map].map(([key, value]) => [canonical(key), canonical(value)] as const);
  pairs.sort(([a], [b]) => (a < b ? -1 : 1));
  const repeated = pairs.find(([key], index) => key === pairs[index - 1]?.[0]);
  if (repeated !== undefined) throw new NotAValue(`a function maps ${repeated[0]} twice`);
  return `(${pairs.map(([key, value]) => `${key}:>${value}`).join("@@")})`;
}

/** Reads one value as TLC prints it, white space and line breaks included. */
export function parseValue(text: string): TlaValue {
  const reader = new Reader(text);
  const value = reader.value();
  reader.end();
  return value;
}

/**
 * Splits a state as TLC prints it, `/\ x = 1` on a line for each variable, into the text of each
 * variable's value. A specification with one variable has no `/\`.
 */
export function splitState(text: string): [name: string, value: string][] {
  return text
    .trim()
    .split(/\n(?=\/\\ [A-Za-z_]\w* = )/)
    .map((part) => {
      const match = /^(?:\/\\ )?([A-Za-z_]\w*) = (.*)$/s.exec(part);
      if (match === null) throw new NotAValue(`not a variable of a state: ${part}`);
      return [match[1]!, match[2]!];
    });
}

/** Reads a state as TLC prints it. */
export function parseState(text: string): TlaState {
  return Object.fromEntries(splitState(text).map(([name, value]) => [name, parseValue(value)]));
}

const WORD = /[A-Za-z0-9_]+/y;
const SPACE = /\s*/y;

/** A recursive-descent reader of the values that TLC prints. */
class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** One value: none of TLC's values needs precedence but `:>` and `@@`, which stand in brackets. */
  value(): TlaValue {
    this.#space();
    const char = this.#text[this.#at];
    if (char === '"') return this.#string();
    if (char === "{") return new Set(this.#list("{", "}"));
    if (char === "<") return this.#list("<<", ">>");
    if (char === "[") return this.#record();
    if (char === "(") return this.#function();
    if (char === "-") {
      this.#at++;
      return -this.#integer();
    }
    return this.#word();
  }

  end(): void {
    this.#space();
    if (this.#at !== this.#text.length) this.#fail("the end");
  }

  #word(): TlaValue {
    WORD.lastIndex = this.#at;
    const word = WORD.exec(this.#text)?.[0] ?? this.#fail("a value");
    if (word === "TRUE" || word === "FALSE") {
      this.#at += word.length;
      return word === "TRUE";
    }
    if (!/^\d+$/.test(word)) {
      this.#at += word.length;
      return modelValue(word);
    }
    const first = this.#integer();
    if (!this.#takes("..")) return first;
    const last = this.value();
    if (typeof last !== "number") return this.#fail("an integer");
    return new Set(Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i));
  }

  #integer(): number {
    WORD.lastIndex = this.#at;
    const word = WORD.exec(this.#text)?.[0] ?? "";
    if (!/^\d+$/.test(word)) return this.#fail("an integer");
    this.#at += word.length;
    return Number(word);
  }

  #string(): string {
    const start = this.#at++;
    while (this.#text[this.#at] !== '"') {
      if (this.#at >= this.#text.length) this.#fail("the end of a string");
      this.#at += this.#text[this.#at] === "\\" ? 2 : 1;
    }
    this.#at++;
    // TLC escapes as JSON does, line feeds included.
    return JSON.parse(this.#text.slice(start, this.#at)) as string;
  }

  #list(open: string, close: string): TlaValue[] {
    const values: TlaValue[] = [];
    this.#take(open);
    if (this.#takes(close)) return values;
    do values.push(this.value());
    while (this.#takes(","));
    this.#take(close);
    return values;
  }

  #record(): TlaValue {
    const fields: [string, TlaValue][] = [];
    this.#take("[");
    do {
      this.#space();
      WORD.lastIndex = this.#at;
      const name = WORD.exec(this.#text)?.[0] ?? this.#fail("a field");
      this.#at += name.length;
      this.#take("|->");
      fields.push([name, this.value()]);
    } while (this.#takes(","));
    this.#take("]");
    return Object.fromEntries(fields);
  }

  #function(): TlaValue {
    const pairs = new Map<TlaValue, TlaValue>();
    this.#take("(");
    do {
      const key = this.value();
      this.#take(":>");
      pairs.set(key, this.value());
    } while (this.#takes("@@"));
    this.#take(")");
    return pairs;
  }

  #space(): void {
    SPACE.lastIndex = this.#at;
    SPACE.exec(this.#text);
    this.#at = SPACE.lastIndex;
  }

  #takes(token: string): boolean {
    this.#space();
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }

  #take(token: string): void {
    if (!this.#takes(token)) this.#fail(token);
  }

  #fail(expected: string): never {
    const rest = this.#text.slice(this.#at, this.#at + 20);
    throw new NotAValue(`expected ${expected} at character ${this.#at}, before "${rest}"`);
  }
}
