/** The code of the machine that runs scripts. It is asked for when the first script comes. */
export type LuaCode = () => WebAssembly.Module;

/** Without the port there are no scripts. */
export const NO_LUA: LuaCode = () => {
  throw new Error("this instance was given no machine for scripts");
};
