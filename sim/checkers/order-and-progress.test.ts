import { describe, expect, it } from "vitest";
import { checkProgress, type TimedRequest } from "./progress.ts";
import { type ConnectionEvent, checkReplyOrder } from "./reply-order.ts";

/** `1s` sends request 1 of the connection, `1a` answers it; `2:1s` does so on connection 2. */
function events(text: string): ConnectionEvent[] {
  return text.split(" ").map((word) => {
    const [, connection = "1", request, kind] = /^(?:(\d+):)?(\d+)([sa])$/.exec(word)!;
    const _tag = kind === "s" ? "Sent" : "Answered";
    return { _tag, connection: Number(connection), request: Number(request) };
  });
}

describe("replies in order", () => {
  it.each(["1s 1a", "1s 2s 1a 2a 3s 3a", "1s 2:1s 2:1a 1a", "1s 2s 1a"])("accepts %s", (text) => {
    expect(checkReplyOrder(events(text))._tag).toBe("Holds");
  });

  it.each([
    ["1s 2s 2a 1a", "request 2 of connection 1 is answered where 1 is next"],
    ["1s 2s 2a", "request 2 of connection 1 is answered where 1 is next"],
    ["1s 1a 1a", "request 1 of connection 1 is answered where 2 is next"],
    ["1a 1s", "request 1 of connection 1 is answered before it is sent"],
    ["1s 2:1a", "request 1 of connection 2 is answered before it is sent"],
  ])("rejects %s", (text, what) => {
    expect(checkReplyOrder(events(text))).toMatchObject({ violation: { what } });
  });
});

describe("progress", () => {
  const request = (
    sentAtMs: number,
    answeredAtMs: number | null,
    abandonedAtMs: number | null = null,
  ): TimedRequest => ({ id: 1, sentAtMs, answeredAtMs, abandonedAtMs });
  const judge = (one: TimedRequest, endedAtMs = 10_000) =>
    checkProgress({ requests: [one], faultsEndedAtMs: 1000, endedAtMs, boundMs: 100 })._tag;

  it("accepts answers in time, counted from the end of the faults", () => {
    expect(judge(request(10, 1100))).toBe("Holds");
    expect(judge(request(2000, 2100))).toBe("Holds");
  });

  it("rejects late answers and none", () => {
    expect(judge(request(10, 1101))).toBe("Broken");
    expect(judge(request(2000, 2101))).toBe("Broken");
    expect(judge(request(2000, null))).toBe("Broken");
  });

  it("asks nothing for a connection that ended while there were faults", () => {
    expect(judge(request(10, null, 1000))).toBe("Holds");
    expect(judge(request(10, null, 1001))).toBe("Broken");
  });

  it("knows nothing of what was not yet due when the run ended", () => {
    expect(judge(request(2000, null), 2099)).toBe("Holds");
    expect(judge(request(2000, null), 2100)).toBe("Broken");
  });
});
