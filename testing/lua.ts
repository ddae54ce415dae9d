/** The machine for scripts of servers under test: the same code as in production, which is a constant. */
export { luaCode } from "../impl/ports/node/lua-code.ts";
