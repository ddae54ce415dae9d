import { type ChildProcess, spawn } from "node:child_process";
import net from "node:net";
import fc from "fast-check";
import { readCorpus } from "./corpus.ts";
import { connectionInput } from "./generate.ts";
import { lenientVerdict, strictVerdict, type Verdict } from "./reference.ts";
import { ERROR_PREFIX, MAX_BULK_BYTES } from "./resp.ts";

/**
 * The reference against a real redis-server 7.0.15: the same bytes, the same replies in the same
 * order, the same protocol error, and a connection closed after it and only after it.
 */

const PASSWORD = "fuzz";
/** Connections under way at once. */
const CONNECTIONS = 16;
/** A server that neither answers nor closes for so long has not understood. */
const ANSWER_TIMEOUT_MS = 10_000;
const START_TIMEOUT_MS = 10_000;

/** What a server sent before the connection ended, and whether a reset may have cut it short. */
type Answer = { readonly text: string; readonly reset: boolean };

export type CompareOptions = { readonly runs: number; readonly seed: number };

/** Compares `runs` generated inputs and the corpus; throws with the first difference. */
export async function compareWithRedis({ runs, seed }: CompareOptions): Promise<void> {
  const inputs = fc.sample(connectionInput, { numRuns: runs, seed });
  inputs.push(...readCorpus("resp").map((entry) => entry.input));
  const open = await RedisServer.start([]);
  const locked = await RedisServer.start(["--requirepass", PASSWORD]);
  const counts = { compared: 0, skipped: 0, cut: 0, failures: 0 };
  try {
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < inputs.length) {
        const i = next++;
        const server = i % 2 === 0 ? open : locked;
        await compareOne(server, inputs[i]!, counts);
        if (i % 2000 === 1999) console.log(`redis: ${i + 1} of ${inputs.length} inputs`);
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  } finally {
    open.stop();
    locked.stop();
  }
  if (counts.compared === 0 || counts.failures === 0)
    throw new Error("redis: nothing was compared");
  console.log(
    `redis: ${counts.compared} inputs agree with redis-server (${counts.failures} of them protocol ` +
      `errors, ${counts.cut} lost to a reset); ${counts.skipped} depend on how reads are cut`,
  );
}

async function compareOne(
  server: RedisServer,
  input: string,
  counts: { compared: number; skipped: number; cut: number; failures: number },
): Promise<void> {
  const options = { authRequired: server.locked, maxBulkBytes: MAX_BULK_BYTES };
  const expected = strictVerdict(input, options);
  if (JSON.stringify(lenientVerdict(input, options)) !== JSON.stringify(expected)) {
    counts.skipped++;
    return;
  }
  const fails = expected.end !== "more";
  const answer = await server.send(input, !fails);
  const difference = differenceOf(expected, answer, server.locked);
  if (difference !== undefined) {
    throw new Error(
      `redis: ${difference}\n  input ${JSON.stringify(input.slice(0, 2000))}\n` +
        `  expected ${JSON.stringify(expected).slice(0, 1000)}\n` +
        `  redis-server sent ${JSON.stringify(answer.text.slice(0, 2000))}`,
    );
  }
  counts.compared++;
  if (fails) counts.failures++;
  if (answer.reset && !answer.text.includes(ERROR_PREFIX)) counts.cut++;
}

/** What is wrong with the answer, if anything. */
function differenceOf(expected: Verdict, answer: Answer, locked: boolean): string | undefined {
  const parts: Array<Expected> = expected.requests.map((args) => replyTo(args, locked));
  if (expected.end !== "more") {
    parts.push(`-${ERROR_PREFIX}${expected.end.replace(/[\r\n]/g, " ")}\r\n`);
  }
  let rest = answer.text;
  for (const [i, part] of parts.entries()) {
    // A reset, which follows when the server closes before it has read everything, may destroy
    // replies that were under way.
    if (rest === "" && answer.reset) return undefined;
    const length = part === ANY_REPLY ? replyLength(rest) : rest.startsWith(part) ? part.length : 0;
    if (length === 0) return `reply ${i + 1} is not ${JSON.stringify(String(part))}`;
    rest = rest.slice(length);
  }
  return rest === "" ? undefined : `more replies than expected: ${JSON.stringify(rest)}`;
}

/** A reply that depends on the data. */
const ANY_REPLY = Symbol("any reply");
type Expected = string | typeof ANY_REPLY;

/** The length of the first reply, a simple or a bulk one; 0 if there is none. */
function replyLength(text: string): number {
  const [line, type, length] = /^([-+$])([^\r\n]*)\r\n/.exec(text) ?? [];
  if (line === undefined) return 0;
  return type === "$" && length !== "-1" ? line.length + Number(length) + 2 : line.length;
}

/** Redis' reply to a request. */
function replyTo(args: ReadonlyArray<string>, locked: boolean): Expected {
  const name = args[0]!.toLowerCase();
  const arity = ARITIES.get(name);
  if (arity === undefined) return `-ERR ${unknownCommand(args)}\r\n`;
  const wrongArity = `-ERR wrong number of arguments for '${name}' command\r\n`;
  if (args.length < arity.least || args.length > arity.most) return wrongArity;
  if (locked) return "-NOAUTH Authentication required.\r\n";
  if (name === "ping" && args.length > 2) return wrongArity;
  if (name === "ping" && args.length === 1) return "+PONG\r\n";
  if (name === "ping" || name === "echo") return bulk(args[1]!);
  return ANY_REPLY;
}

/** The commands that inputs use, with the number of arguments that their declarations allow. */
const ARITIES = new Map([
  ["ping", { least: 1, most: Number.POSITIVE_INFINITY }],
  ["echo", { least: 2, most: 2 }],
  ["get", { least: 2, most: 2 }],
  ["set", { least: 3, most: Number.POSITIVE_INFINITY }],
]);

function bulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`;
}

/** Redis quotes the name and about 128 bytes of the arguments, each up to a NUL. */
function unknownCommand(args: ReadonlyArray<string>): string {
  let quoted = "";
  for (const arg of args.slice(1)) {
    if (quoted.length >= 128) break;
    quoted += `'${cString(arg).slice(0, 128 - quoted.length)}' `;
  }
  const name = cString(args[0]!).slice(0, 128);
  const text = `unknown command '${name}', with args beginning with: ${quoted}`;
  return text.replace(/[\r\n]/g, " ");
}

function cString(text: string): string {
  return text.split("\0", 1)[0] ?? "";
}

/** A redis-server of our own on a free port of the loopback interface. */
class RedisServer {
  readonly locked: boolean;
  readonly #process: ChildProcess;
  readonly #port: number;

  private constructor(process: ChildProcess, port: number, locked: boolean) {
    this.#process = process;
    this.#port = port;
    this.locked = locked;
  }

  static async start(args: ReadonlyArray<string>): Promise<RedisServer> {
    const port = await freePort();
    const child = spawn(
      "redis-server",
      ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", ...args],
      { stdio: "ignore" },
    );
    const failed = new Promise<never>((_, reject) => {
      child.once("error", () => reject(new Error("redis: redis-server is not installed")));
      child.once("exit", (code) => reject(new Error(`redis: redis-server ended with ${code}`)));
    });
    const server = new RedisServer(child, port, args.includes("--requirepass"));
    await Promise.race([failed, server.#ready()]);
    failed.catch(() => {});
    return server;
  }

  async #ready(): Promise<void> {
    const deadlineMs = performance.now() + START_TIMEOUT_MS;
    for (;;) {
      const answer = await this.send("PING\r\n", true).catch(() => undefined);
      if (answer !== undefined && answer.text !== "") return;
      if (performance.now() > deadlineMs) throw new Error("redis: redis-server does not answer");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Sends bytes, and the end of the stream unless the server is to close by itself. */
  send(input: string, end: boolean): Promise<Answer> {
    return exchange(this.#port, input, end);
  }

  stop(): void {
    this.#process.removeAllListeners("exit");
    this.#process.kill("SIGKILL");
  }
}

function exchange(port: number, input: string, end: boolean): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    const chunks: Buffer[] = [];
    const finish = (reset: boolean): void => {
      socket.destroy();
      resolve({ text: Buffer.concat(chunks).toString("latin1"), reset });
    };
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => {
      socket.destroy();
      reject(
        new Error(`redis: neither answered nor closed: ${JSON.stringify(input.slice(0, 500))}`),
      );
    });
    socket.on("connect", () => {
      if (end) socket.end(input, "latin1");
      else socket.write(input, "latin1");
    });
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("end", () => finish(false));
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNRESET" || error.code === "EPIPE") finish(true);
      else reject(error);
    });
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => {
        if (typeof address === "object" && address !== null) resolve(address.port);
        else reject(new Error("no free port"));
      });
    });
  });
}
