import { existsSync, readFileSync } from "node:fs";
import { createRequire as requireFrom } from "node:module";
import { fileURLToPath } from "node:url";
import type { LuaCode } from "../lua-code.ts";

/** Where the published package has the machine: beside its bundles. */
const BESIDE = new URL("liblua5.1.wasm", import.meta.url);
const PACKAGED = "wasmoon-lua5.1/dist/liblua5.1.wasm";

let module: WebAssembly.Module | null = null;

/** Lua 5.1, compiled to WebAssembly: read and compiled once for all servers of the process. */
export const luaCode: LuaCode = () => {
  if (module === null) {
    const beside = fileURLToPath(BESIDE);
    const path = existsSync(beside) ? beside : requireFrom(import.meta.url).resolve(PACKAGED);
    module = new WebAssembly.Module(readFileSync(path));
  }
  return module;
};
