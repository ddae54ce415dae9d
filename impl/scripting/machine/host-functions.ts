import type { Address, State } from "./lua-exports.ts";

/** A function that Lua calls: takes its arguments from the stack, returns how many results it left. */
export type HostFunction = (state: State) => number;

/** A hook: called between instructions, with the address of what is known of the moment. */
export type HookFunction = (state: State, at: Address) => void;

/** The signatures of functions in a machine's table: how many integers they take and return. */
const SIGNATURES = { function: [1, 1], hook: [2, 0] } as const;

const I32 = 0x7f;
const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const SECTION = { type: 1, import: 2, export: 7 } as const;

/**
 * JavaScript functions as functions of WebAssembly, which alone can stand in a machine's table: a
 * module that imports them and exports them again.
 */
export function wasmFunctions(
  functions: readonly (HostFunction | HookFunction)[],
  kind: keyof typeof SIGNATURES = "function",
): readonly unknown[] {
  const [takes, returns] = SIGNATURES[kind];
  const integers = (count: number): number[] => [count, ...Array<number>(count).fill(I32)];
  const names = functions.map((_, i) => [...text(String(i))]);
  const bytes = new Uint8Array([
    ...HEADER,
    ...section(SECTION.type, [[0x60, ...integers(takes), ...integers(returns)]]),
    ...section(
      SECTION.import,
      names.map((name) => [...text("h"), ...name, 0, 0]),
    ),
    ...section(
      SECTION.export,
      names.map((name, i) => [...name, 0, ...leb(i)]),
    ),
  ]);
  const imports = { h: Object.fromEntries(functions.map((fn, i) => [String(i), fn])) };
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), imports);
  const exports = instance.exports as Readonly<Record<string, unknown>>;
  return functions.map((_, i) => exports[String(i)]);
}

function section(id: number, entries: readonly (readonly number[])[]): number[] {
  const body = [...leb(entries.length), ...entries.flat()];
  return [id, ...leb(body.length), ...body];
}

function text(value: string): number[] {
  return [value.length, ...Buffer.from(value, "latin1")];
}

function leb(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)];
}
