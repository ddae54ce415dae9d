/** A test that failed, or an error that ended a block of tests (`test` is then `OUTSIDE`). */
export interface TestError {
  readonly test: string;
  /** What the suite said, in one line. */
  readonly message: string;
}

/** What one file of Redis' suite printed, read. */
export interface FileOutput {
  /** The names of the tests that passed, in order. */
  readonly passed: readonly string[];
  readonly errors: readonly TestError[];
  /** The names of the tests that the command line left out. */
  readonly skipped: readonly string[];
  /** How many tests and blocks of tests were left out because they need the suite's own server. */
  readonly ignored: number;
  /** Why the suite file ended before its last test, or undefined when it ran to its end. */
  readonly aborted: string | undefined;
}

/** Stands for the name of a test when a block of tests failed between its tests. */
export const OUTSIDE = "(between tests)";

interface Entry {
  readonly kind: string;
  readonly lines: string[];
}

const ENTRY = /^\[(ok|err|ignore|skip|exception|TIMEOUT)\]: (.*)$/;
const OTHER = /^(?:Testing |\[\d+\/\d+ done\]: |\[[a-z-]+\]: )/;
const DONE = /^\[\d+\/\d+ done\]: /m;

/**
 * Reads the output of one suite file, run by `test_helper.tcl` with a terminal that has no colours. The
 * summary at its end repeats the errors behind asterisks, and so does not count them twice.
 */
export function parseSuiteFile(output: string): FileOutput {
  const entries = entriesOf(output.split("\n"));
  const of = (kind: string) => entries.filter((entry) => entry.kind === kind);
  return {
    passed: of("ok").map((entry) => entry.lines[0]!.replace(/ \(\d+ ms\)$/, "")),
    errors: of("err").map(testError),
    skipped: of("skip").map((entry) => entry.lines[0]!),
    ignored: of("ignore").length,
    aborted: abortOf(of("exception")[0], of("TIMEOUT")[0], DONE.test(output)),
  };
}

/** Groups the lines by the `[kind]:` line that they follow. */
function entriesOf(lines: readonly string[]): Entry[] {
  const entries: Entry[] = [];
  let open: Entry | undefined;
  for (const line of lines) {
    const match = ENTRY.exec(line);
    if (match !== null) {
      open = { kind: match[1]!, lines: [match[2]!] };
      entries.push(open);
    } else if (OTHER.test(line)) {
      open = undefined;
    } else {
      open?.lines.push(line);
    }
  }
  return entries;
}

function testError(entry: Entry): TestError {
  const [first, ...rest] = entry.lines as [string, ...string[]];
  const name = /^(.*) in tests\/\S+\.tcl$/.exec(first)?.[1];
  if (name === undefined) return { test: OUTSIDE, message: messageOf([first, ...rest]) };
  return { test: name, message: messageOf(rest) };
}

/**
 * The error in one line. The suite cuts ten characters off the front, meant for its own
 * "assertion:"; of another error the whole text then follows on the next line.
 */
function messageOf(lines: readonly string[]): string {
  const [first = "", second = ""] = lines;
  return first !== "" && second.endsWith(first) ? second : first || "no message";
}

function abortOf(
  exception: Entry | undefined,
  timeout: Entry | undefined,
  done: boolean,
): string | undefined {
  if (exception !== undefined) {
    return exception.lines[0]!.replace(/^Executing test client: /, "");
  }
  if (timeout !== undefined) {
    const running = timeout.lines.find((line) => line.includes("=> "));
    return `no progress: ${running?.replace(/^.*?=> /, "") ?? "no test running"}`;
  }
  return done ? undefined : "the suite ended before the file did";
}
