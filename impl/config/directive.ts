/**
 * What a configuration directive is: a name, a kind that knows its values, and facts about it.
 *
 * Each directive is declared once, in the `directives-*.ts` files; CONFIG GET, SET and REWRITE, the
 * redis.conf reader and the directive page of the docs all follow from that declaration.
 */

/** The outcome of reading a value: the value, or Redis' reason for refusing it. */
export type Parsed<S> = { readonly value: S } | { readonly refusal: string };

/** A redis.conf line; `force` puts it in a file that did not mention the directive. */
export interface RewriteLine {
  readonly text: string;
  readonly force: boolean;
}

/**
 * The values of a directive: `S` as stored, exact; `P` as code reads it.
 *
 * Texts hold one character per byte.
 */
export interface Kind<S, P> {
  /** The type in words, for the docs. */
  readonly type: string;
  /** The value without any configuration. */
  readonly fallback: S;
  /** True when a value consists of several space-separated arguments. */
  readonly multiArg: boolean;
  /**
   * Reads a value.
   *
   * @param args the arguments; exactly one unless `multiArg`
   * @param current the value until now
   * @param append true when an earlier line of the configuration file set this directive too
   */
  parse(args: readonly string[], current: S, append: boolean): Parsed<S>;
  /** The value as CONFIG GET prints it. */
  format(value: S): string;
  /** The value as code reads it. */
  publish(value: S): P;
  /** False when the change from `a` to `b` is one that listeners hear of. */
  same(a: S, b: S): boolean;
  /** The lines of redis.conf that say the value; none when it is said by saying nothing. */
  rewrite(name: string, value: S): readonly RewriteLine[];
}

/**
 * `live`: the server acts on every value, as soon as it is set. `at start`: it acts on the value
 * that it starts with. `partly`: it acts on some of what the value means in Redis.
 */
export type Effect = "live" | "at start" | "partly";

/** Facts that most directives do not need. */
export interface DirectiveOptions {
  /** An older name that CONFIG and redis.conf accept, and that CONFIG GET shows too. */
  readonly alias?: string;
  /** CONFIG SET refuses it: it is set at start only. */
  readonly immutable?: true;
  /** CONFIG SET refuses it unless `enable-protected-configs` allows it. */
  readonly protected?: true;
  /** Its value is kept out of logs and the slow log. */
  readonly sensitive?: true;
  /** CONFIG GET shows it only by its exact name. */
  readonly hidden?: true;
  /** Redis does not know it. It is hidden, so that what CONFIG GET * shows is Redis' to take. */
  readonly own?: true;
  /** CONFIG SET refuses it while the data set is being loaded. */
  readonly denyLoading?: true;
  /** Listeners hear of a CONFIG SET even when the value stays the same. */
  readonly alwaysApplied?: true;
  /** What Redis works out at start beyond the declared default. */
  readonly atStart?: string;
  /** How far the server acts on it; without this it is only accepted, kept and shown. */
  readonly effect?: Effect;
}

/** One declared directive. */
export interface Directive<N extends string = string, S = unknown, P = unknown>
  extends DirectiveOptions {
  readonly name: N;
  readonly kind: Kind<S, P>;
  /** What it decides, in one line. */
  readonly meaning: string;
}

/** Declares a directive. */
export function directive<const N extends string, S, P>(
  name: N,
  kind: Kind<S, P>,
  meaning: string,
  options: DirectiveOptions = {},
): Directive<N, S, P> {
  return { name, kind, meaning, ...options };
}
