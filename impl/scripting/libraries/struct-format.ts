/** The formats of the library `struct`: what each option takes, how it is aligned. */
import type { State } from "../machine/lua-exports.ts";
import type { LuaMachine } from "../machine/machine.ts";

const INT_MAX = 2 ** 31 - 1;
/** The largest integer, in bytes. */
const MAX_INT_SIZE = 32;
const SIZES: Readonly<Record<string, number>> = {
  b: 1,
  B: 1,
  h: 2,
  H: 2,
  l: 8,
  L: 8,
  T: 8,
  f: 4,
  d: 8,
  x: 1,
};

/** Walks through a format, option by option. */
export class StructFormat {
  readonly #machine: LuaMachine;
  readonly #state: State;
  readonly #text: string;
  #at = 0;
  isLittle = true;
  #align = 1;
  /** The option that was read last. */
  option = "";
  /** How many bytes it takes. */
  size = 0;

  /** @param text argument 1 up to its first zero */
  constructor(machine: LuaMachine, state: State, text: string) {
    this.#machine = machine;
    this.#state = state;
    this.#text = text;
  }

  /** Reads the next option and its size. False at the end. */
  next(): boolean {
    if (this.#at === this.#text.length) return false;
    this.option = this.#text[this.#at++]!;
    this.size = this.#sizeOf(this.option);
    return true;
  }

  /** Bytes to fill so that the option lies aligned at `position`. */
  padding(position: number): number {
    if (this.size === 0 || this.option === "c") return 0;
    const size = Math.min(this.size, this.#align);
    return (size - (position & (size - 1))) & (size - 1);
  }

  /** True for an option that is an integer. */
  get isInteger(): boolean {
    return "bBhHlLTiI".includes(this.option);
  }

  /** Does what an option says that takes no data. */
  control(): void {
    if (this.option === " ") return;
    if (this.option === ">") this.isLittle = false;
    else if (this.option === "<") this.isLittle = true;
    else if (this.option === "!") this.#setAlignment();
    else this.#machine.argumentError(this.#state, 1, `invalid format option '${this.option}'`);
  }

  #setAlignment(): void {
    const align = this.#number(8);
    if (align <= 0 || (align & (align - 1)) !== 0) {
      this.#machine.raise(this.#state, `alignment ${align} is not a power of 2`);
    }
    this.#align = align;
  }

  #sizeOf(option: string): number {
    if (option === "c") return this.#number(1);
    if (option !== "i" && option !== "I") return SIZES[option] ?? 0;
    const size = this.#number(4);
    if (size > MAX_INT_SIZE) {
      const text = `integral size ${size} is larger than limit of ${MAX_INT_SIZE}`;
      this.#machine.raise(this.#state, text);
    }
    return size;
  }

  #number(otherwise: number): number {
    const digits = /^\d*/.exec(this.#text.slice(this.#at))![0];
    if (digits === "") return otherwise;
    this.#at += digits.length;
    const value = Number(digits);
    return value <= INT_MAX ? value : this.#machine.raise(this.#state, "integral size overflow");
  }
}
