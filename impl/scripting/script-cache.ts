import { assert } from "../assert.ts";
import { Chunk, type ScriptEngine, textOf } from "./engine.ts";
import { sha1Hex } from "./sha1.ts";
import { parseShebang } from "./shebang.ts";

const SHA_LENGTH = 40;
const NEWLINE = 10;

/** A script that has been loaded. */
export interface Script {
  /** Its SHA-1 in lower-case hexadecimal. */
  readonly sha: string;
  /** As it came, its first line included. */
  readonly body: Uint8Array;
  /** What it says of itself: `FLAG`. */
  readonly flags: number;
  readonly chunk: Chunk;
}

/**
 * The scripts that EVAL and SCRIPT LOAD have brought, by their SHA-1, until SCRIPT FLUSH.
 *
 * A body that comes again is recognised by a cheaper hash and its bytes.
 */
export class ScriptCache {
  readonly #engine: ScriptEngine;
  readonly #scripts = new Map<string, Script>();
  readonly #byHash = new Map<number, Script>();
  /** Bytes of the bodies. */
  bodyBytes = 0;

  constructor(engine: ScriptEngine) {
    this.#engine = engine;
  }

  /** The SHA-1s of all scripts. */
  get shas(): Iterable<string> {
    return this.#scripts.keys();
  }

  /** How many there are. */
  get size(): number {
    return this.#scripts.size;
  }

  /** The script of that SHA-1, whatever its case. */
  find(sha: string): Script | undefined {
    return sha.length === SHA_LENGTH ? this.#scripts.get(sha.toLowerCase()) : undefined;
  }

  /** The script whose body is `bytes[offset..offset + length)`, if it has been loaded. */
  findBody(bytes: Uint8Array, offset: number, length: number): Script | undefined {
    const script = this.#byHash.get(hashOf(bytes, offset, length));
    const { body } = script ?? {};
    if (body === undefined || body.length !== length) return undefined;
    for (let i = 0; i < length; i++) if (body[i] !== bytes[offset + i]) return undefined;
    return script;
  }

  /** Loads a script, unless it is. Returns it, or why it cannot be, its code in front. */
  load(bytes: Uint8Array, offset: number, length: number): Script | string {
    const known = this.findBody(bytes, offset, length);
    if (known !== undefined) return this.#compiled(known);
    const sha = sha1Hex(bytes, offset, length);
    const collided = this.#scripts.get(sha);
    if (collided !== undefined) return this.#compiled(collided);
    // Not `slice`: a Buffer's shares its bytes.
    const body = new Uint8Array(bytes.subarray(offset, offset + length));
    const shebang = parseShebang(textOf(body));
    if (shebang.error !== null) return `ERR ${shebang.error}`;
    // The line's end stays, so that lines keep their numbers.
    const source = body.subarray(shebang.length);
    assert(shebang.length === 0 || source[0] === NEWLINE, "the first line ends");
    const script = { sha, body, flags: shebang.flags, chunk: new Chunk(source, "@user_script") };
    const compiled = this.#compiled(script);
    if (typeof compiled === "string") return compiled;
    this.#scripts.set(sha, script);
    this.#byHash.set(hashOf(body, 0, length), script);
    this.bodyBytes += length;
    return script;
  }

  /** A script that is about to run: it may be that its machine was left. */
  prepare(script: Script): Script | string {
    return this.#compiled(script);
  }

  /** Forgets them all. */
  flush(): void {
    this.#scripts.clear();
    this.#byHash.clear();
    this.bodyBytes = 0;
    this.#engine.reset();
  }

  /** Throws when the tables differ. */
  verifyInvariants(): void {
    let bytes = 0;
    for (const [sha, script] of this.#scripts) {
      assert(script.sha === sha, "a script is known by its SHA-1");
      bytes += script.body.length;
    }
    assert(bytes === this.bodyBytes, "the bodies' bytes are counted");
    for (const script of this.#byHash.values()) {
      assert(this.#scripts.get(script.sha) === script, "a script that was forgotten is found");
    }
  }

  #compiled(script: Script): Script | string {
    const error = this.#engine.compile(script.chunk);
    return error === null ? script : `ERR Error compiling script (new function): ${error}`;
  }
}

/** A hash of FNV's kind, over 32 bits. */
function hashOf(bytes: Uint8Array, offset: number, length: number): number {
  let hash = length;
  for (let i = offset; i < offset + length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash;
}
