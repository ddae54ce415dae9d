/**
 * Redis' glob matching on bytes: `*`, `?`, `[abc]`, `[^a]`, `[a-z]` and `\` to quote.
 *
 * KEYS, SCAN, CONFIG GET, PSUBSCRIBE and the ACL share it. It follows redis-server 7.0.15 in
 * every corner that a client can see: bytes are compared as signed (a range that crosses 0x7f is
 * reversed), an unclosed class ends with the pattern, a quoted byte inside a class ignores
 * `nocase`, the empty text matches only the empty pattern, and a pattern that nests more than
 * 1,000 stars matches nothing.
 */

const STAR = 42;
const DASH = 45;
const QUESTION = 63;
const OPEN = 91;
const BACKSLASH = 92;
const CLOSE = 93;
const CARET = 94;

/** Deeper nesting of stars than this never matches: it bounds the stack. */
const MAX_NESTING = 1000;

/**
 * Set once the rest of a pattern is known to match nowhere in the rest of the text: then no
 * earlier star needs to try a longer stretch. Without it `a*a*a*b` takes exponential time.
 * Matching is synchronous, so one flag serves every call.
 */
let hopeless = false;

/** Where the last class ended: the offset of its `]`, or of the pattern's last byte. */
let classEnd = 0;

/**
 * Tells whether the text matches the pattern. Allocates nothing.
 *
 * @param pattern holds the pattern at `patternOffset`, `patternLength` bytes long
 * @param text holds the text at `textOffset`, `textLength` bytes long
 * @param nocase true to ignore the case of ASCII letters
 */
export function matchGlob(
  pattern: Uint8Array,
  patternOffset: number,
  patternLength: number,
  text: Uint8Array,
  textOffset: number,
  textLength: number,
  nocase = false,
): boolean {
  hopeless = false;
  const patternEnd = patternOffset + patternLength;
  const textEnd = textOffset + textLength;
  return match(pattern, patternOffset, patternEnd, text, textOffset, textEnd, nocase, 0);
}

/**
 * `matchGlob` for strings with one character per byte. For cold paths.
 *
 * @returns whether `text` matches `pattern`
 */
export function matchGlobText(pattern: string, text: string, nocase = false): boolean {
  const patternBytes = Buffer.from(pattern, "latin1");
  const textBytes = Buffer.from(text, "latin1");
  return matchGlob(patternBytes, 0, patternBytes.length, textBytes, 0, textBytes.length, nocase);
}

function match(
  pattern: Uint8Array,
  patternStart: number,
  patternEnd: number,
  text: Uint8Array,
  textStart: number,
  textEnd: number,
  nocase: boolean,
  nesting: number,
): boolean {
  if (nesting > MAX_NESTING) return false;
  let p = patternStart;
  let t = textStart;
  while (p < patternEnd && t < textEnd) {
    const byte = pattern[p]!;
    if (byte === STAR) {
      while (p + 1 < patternEnd && pattern[p + 1] === STAR) p++;
      if (p + 1 === patternEnd) return true;
      return matchAfterStar(pattern, p + 1, patternEnd, text, t, textEnd, nocase, nesting);
    }
    if (byte === OPEN) {
      if (!matchClass(pattern, p + 1, patternEnd, text[t]!, nocase)) return false;
      p = classEnd;
    } else if (byte !== QUESTION) {
      if (byte === BACKSLASH && p + 1 < patternEnd) p++;
      if (!sameByte(pattern[p]!, text[t]!, nocase)) return false;
    }
    p++;
    t++;
  }
  // Trailing stars match the empty rest, but only when some text was there to begin with.
  if (t === textEnd && textEnd > textStart) {
    while (p < patternEnd && pattern[p] === STAR) p++;
  }
  return p >= patternEnd && t === textEnd;
}

/** Tries the rest of the pattern at every place of the rest of the text. */
function matchAfterStar(
  pattern: Uint8Array,
  p: number,
  patternEnd: number,
  text: Uint8Array,
  textStart: number,
  textEnd: number,
  nocase: boolean,
  nesting: number,
): boolean {
  for (let t = textStart; t < textEnd; t++) {
    if (match(pattern, p, patternEnd, text, t, textEnd, nocase, nesting + 1)) return true;
    if (hopeless) return false;
  }
  hopeless = true;
  return false;
}

/** Matches one byte against the class whose first byte is at `start`; leaves `classEnd`. */
function matchClass(
  pattern: Uint8Array,
  start: number,
  end: number,
  byte: number,
  nocase: boolean,
): boolean {
  let p = start;
  const negated = p < end && pattern[p] === CARET;
  if (negated) p++;
  let found = false;
  while (p < end) {
    const head = pattern[p]!;
    if (head === BACKSLASH && end - p >= 2) {
      p++;
      if (pattern[p] === byte) found = true;
    } else if (head === CLOSE) {
      classEnd = p;
      return found !== negated;
    } else if (end - p >= 3 && pattern[p + 1] === DASH) {
      if (inRange(head, pattern[p + 2]!, byte, nocase)) found = true;
      p += 2;
    } else if (sameByte(head, byte, nocase)) {
      found = true;
    }
    p++;
  }
  classEnd = end - 1;
  return found !== negated;
}

/** Whether the byte lies in the range, its ends in any order, compared as signed bytes. */
function inRange(first: number, last: number, byte: number, nocase: boolean): boolean {
  let low = signed(first);
  let high = signed(last);
  let value = signed(byte);
  if (low > high) {
    const swap = low;
    low = high;
    high = swap;
  }
  // Redis orders the ends before it folds their case: `[Z-a]` without case is empty.
  if (nocase) {
    low = lower(low);
    high = lower(high);
    value = lower(value);
  }
  return value >= low && value <= high;
}

function sameByte(a: number, b: number, nocase: boolean): boolean {
  return a === b || (nocase && lower(a) === lower(b));
}

function lower(byte: number): number {
  return byte >= 65 && byte <= 90 ? byte + 32 : byte;
}

function signed(byte: number): number {
  return (byte << 24) >> 24;
}
