/**
 * Sine, cosine and arc sine to the last bit: the double that is nearest to the true value.
 *
 * JavaScript leaves the last bits of `Math.sin` to the engine, and distances that are stored show
 * them. The value is found as a sum of two doubles, of which some 70 bits are right; where those do
 * not tell which double is nearest, integers do.
 */
import { assert, CHECKED } from "../assert.ts";
import {
  fixedArcSine,
  fixedCosine,
  fixedSine,
  fromFixedPoint,
  toFixedPoint,
} from "./fixed-point.ts";

/** π as a sum of three doubles. */
const PI = Math.PI;
const PI_MORE = 1.2246467991473532e-16;
const PI_REST = -2.9947698097183397e-33;
/** 1/6 as a sum of two. */
const SIXTH = 1 / 6;
const SIXTH_MORE = 9.25185853854297e-18;

/** Below this, sine and arc sine differ from their argument by less than a double can tell. */
const TINY = 2 ** -27;
/** Angles are told from the nearest multiple of 1 over this, whose sine and cosine are known. */
const STEPS = 32;
const MOST_STEPS = Math.ceil((PI / 2) * STEPS);
/** What the two doubles may be wrong by, as a part of the value; it is far less. */
const DOUBT = 2 ** -66;
/** Cuts a double into two halves whose products are exact. */
const SPLITTER = 2 ** 27 + 1;

/**
 * A sum of two doubles that functions here set, the first being the double that is nearest to it. In
 * an array it takes no memory anew.
 */
const sum = new Float64Array(2);

/** Sets the sum to that of two doubles. */
function add(a: number, b: number): void {
  const nearest = a + b;
  const part = nearest - a;
  sum[0] = nearest;
  sum[1] = a - (nearest - part) + (b - part);
}

/** Sets the sum to the product of two doubles, and of what more they are. */
function multiply(a: number, aMore: number, b: number, bMore: number): void {
  const product = a * b;
  const aBits = a * SPLITTER;
  const aHigh = aBits - (aBits - a);
  const aLow = a - aHigh;
  const bBits = b * SPLITTER;
  const bHigh = bBits - (bBits - b);
  const bLow = b - bHigh;
  const error = aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
  add(product, error + (a * bMore + aMore * b));
}

/** Adds to the sum another one. */
function addTo(a: number, aMore: number): void {
  const more = sum[1]! + aMore;
  add(a, sum[0]!);
  add(sum[0]!, sum[1]! + more);
}

/** Sines and cosines of the multiples, each as two doubles. */
let table: Float64Array | null = null;

function makeTable(): Float64Array {
  const made = new Float64Array((MOST_STEPS + 1) * 4);
  for (let k = 0; k <= MOST_STEPS; k++) {
    const angle = toFixedPoint(k / STEPS);
    [fixedSine(angle), fixedCosine(angle)].forEach((value, i) => {
      const first = fromFixedPoint(value);
      made[k * 4 + i * 2] = first;
      made[k * 4 + i * 2 + 1] = fromFixedPoint(value - toFixedPoint(first));
    });
  }
  table = made;
  return made;
}

/** Sine and cosine of what an angle is beyond a multiple, each as two doubles. */
const rest = new Float64Array(4);

/** Sets them by their series; the angle is at most half a step. */
function ofRest(angle: number, angleMore: number): void {
  multiply(angle, angleMore, angle, angleMore);
  const square = sum[0]!;
  const squareMore = sum[1]!;
  add(-SIXTH, square * (1 / 120 + square * (-1 / 5040 + square * (1 / 362880))));
  multiply(square, squareMore, sum[0]!, sum[1]! - SIXTH_MORE);
  multiply(angle, angleMore, sum[0]!, sum[1]!);
  addTo(angle, angleMore);
  rest[0] = sum[0]!;
  rest[1] = sum[1]!;
  add(-0.5, square * (1 / 24 + square * (-1 / 720 + square * (1 / 40320))));
  multiply(square, squareMore, sum[0]!, sum[1]!);
  addTo(1, 0);
  rest[2] = sum[0]!;
  rest[3] = sum[1]!;
}

/** Sets the sum to the sine of an angle from 0 to a right one. */
function sineOf(angle: number, angleMore: number): void {
  if (CHECKED) assert(angle >= 0 && angle <= PI / 2, "an angle of at most a right one");
  const k = Math.round(angle * STEPS);
  add(angle - k / STEPS, angleMore);
  ofRest(sum[0]!, sum[1]!);
  if (k === 0) {
    sum[0] = rest[0]!;
    sum[1] = rest[1]!;
  } else combine(k * 4, k * 4 + 2, 1);
}

/** Sets the sum to the cosine of an angle from 0 to 1. */
function cosineOf(angle: number): void {
  const k = Math.round(angle * STEPS);
  ofRest(angle - k / STEPS, 0);
  combine(k * 4 + 2, k * 4, -1);
}

/** Sine or cosine of a multiple and the rest together, by the rule for sums of angles. */
function combine(first: number, second: number, sign: number): void {
  const known = table ?? makeTable();
  multiply(known[first]!, known[first + 1]!, rest[2]!, rest[3]!);
  const one = sum[0]!;
  const oneMore = sum[1]!;
  multiply(sign * known[second]!, sign * known[second + 1]!, rest[0]!, rest[1]!);
  addTo(one, oneMore);
}

/** The double that is nearest to the sum; not a number where it might be one of two. */
function rounded(): number {
  const high = sum[0]!;
  const low = sum[1]!;
  const doubt = high * DOUBT;
  const value = high + (low - doubt);
  return value === high + (low + doubt) ? value : Number.NaN;
}

/** The sine of an angle of at most two right ones. */
export function sin(angle: number): number {
  const magnitude = Math.abs(angle);
  if (magnitude < TINY) return angle;
  if (CHECKED) assert(magnitude <= PI, "an angle of at most two right ones");
  if (magnitude <= PI / 2) sineOf(magnitude, 0);
  else {
    // The same sine as that of what is missing to two right angles: this difference is exact.
    add(PI - magnitude, PI_MORE);
    sineOf(sum[0]!, sum[1]! + PI_REST);
  }
  const value = rounded();
  const sure = Number.isNaN(value) ? fromFixedPoint(fixedSine(toFixedPoint(magnitude))) : value;
  return angle < 0 ? -sure : sure;
}

/** The cosine of an angle of at most two right ones. */
export function cos(angle: number): number {
  const magnitude = Math.abs(angle);
  if (CHECKED) assert(magnitude <= PI, "an angle of at most two right ones");
  let sign = 1;
  if (magnitude <= 1) cosineOf(magnitude);
  else {
    // The sine of what is missing to a right angle; this difference is exact, too.
    const missing = PI / 2 - magnitude;
    sign = missing < 0 ? -1 : 1;
    add(sign * missing, sign * (PI_MORE / 2));
    sineOf(sum[0]!, sum[1]! + sign * (PI_REST / 2));
  }
  const value = rounded();
  return Number.isNaN(value) ? fromFixedPoint(fixedCosine(toFixedPoint(magnitude))) : sign * value;
}

/** Sets the sum to the arc sine of what two doubles add up to, from 0 to a little above 1/2. */
function arcSineOf(x: number, more: number): void {
  const nearly = Math.asin(x);
  sineOf(nearly, 0);
  add(nearly, (x - sum[0]! + (more - sum[1]!)) / Math.sqrt(1 - x * x));
}

/** The arc sine of what is at least 0; not a number above 1. */
export function asin(x: number): number {
  if (x < TINY) return x;
  if (x > 1) return Number.NaN;
  if (x === 1) return PI / 2;
  if (x <= 0.5) arcSineOf(x, 0);
  else {
    // Near 1 the sine hardly changes: half of what is missing to a right angle has this sine.
    const square = (1 - x) / 2;
    const root = Math.sqrt(square);
    multiply(root, 0, root, 0);
    arcSineOf(root, (square - sum[0]! - sum[1]!) / (2 * root));
    sum[0]! *= -2;
    sum[1]! *= -2;
    addTo(PI / 2, PI_MORE / 2);
  }
  const value = rounded();
  if (!Number.isNaN(value)) return value;
  return fromFixedPoint(fixedArcSine(toFixedPoint(x), Math.asin(x)));
}
