/** Veridis as a library: a Redis-compatible server inside a Node process. */
export { createServer, type Server, type ServerOptions } from "./create-server.ts";
export { VERSION as version } from "./version.ts";
