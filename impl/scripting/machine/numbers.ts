/**
 * Numbers as C on a 64-bit machine casts and prints them, where Redis' behaviour shows: the machine
 * itself has addresses of 32 bits and casts to those.
 */

const TWO_63 = 2 ** 63;
const INT_MAX = 2 ** 31 - 1;

/** `(long long)n`: towards zero; what does not fit, and NaN, is the least integer. */
export function toInt64(n: number): number {
  return n >= -TWO_63 && n < TWO_63 ? Math.trunc(n) : -TWO_63;
}

/** `(int)(long long)n`: the lower 32 bits, signed. */
export function toInt32(n: number): number {
  const whole = toInt64(n);
  return Math.abs(whole) <= INT_MAX ? whole | 0 : Number(BigInt.asIntN(32, BigInt(whole)));
}

/** `(int)n`, without the way over 64 bits: what does not fit, and NaN, is the least integer. */
export function toIntDirectly(n: number): number {
  return n > -INT_MAX - 2 && n < INT_MAX + 1 ? Math.trunc(n) : -INT_MAX - 1;
}

/** `(unsigned long long)n`, as x86 does it for negative numbers, too. */
export function toUint64(n: number): bigint {
  if (n >= TWO_63) return n < 2 * TWO_63 ? BigInt(Math.trunc(n)) : 0n;
  return BigInt.asUintN(64, BigInt(toInt64(n)));
}

/** `%.<digits>g`. */
export function formatG(n: number, digits: number): string {
  if (Number.isNaN(n)) return isNegativeNan(n) ? "-nan" : "nan";
  if (!Number.isFinite(n)) return n < 0 ? "-inf" : "inf";
  if (n === 0) return Object.is(n, -0) ? "-0" : "0";
  if (Number.isInteger(n) && Math.abs(n) < 10 ** Math.min(digits, 15)) return String(n);
  const [mantissa = "", power = "0"] = n.toExponential(digits - 1).split("e");
  const exponent = Number(power);
  if (exponent < -4 || exponent >= digits) {
    const sign = exponent < 0 ? "-" : "+";
    return `${stripZeros(mantissa)}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  return stripZeros(n.toFixed(Math.max(0, digits - 1 - exponent)));
}

/** `%.17g`: how a number becomes an argument of a command. */
export function formatArgument(n: number): string {
  // Most are small integers; zero may have a sign.
  if ((n | 0) === n && n !== 0) return String(n);
  return formatG(n, 17);
}

function stripZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

const NAN = new DataView(new ArrayBuffer(8));

/** The processor's own NaN, which 0/0 gives, has its sign bit set, and C shows it. */
function isNegativeNan(n: number): boolean {
  NAN.setFloat64(0, n);
  return NAN.getUint8(0) >= 128;
}
