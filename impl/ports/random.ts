/** The randomness port: the only source of chance in a core. */
export interface Random {
  /** A uniform unsigned 32-bit integer. */
  nextU32(): number;
}
