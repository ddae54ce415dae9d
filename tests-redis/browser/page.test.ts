/** The page about a running server, in Debian's Chromium: it is provisioned, and a test without it fails. */
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createServer, type Server } from "../../impl/server/index.ts";
import { freePort } from "../../refinement/oracle/redis.ts";
import { provision } from "../../scripts/provision.ts";
import { ask, connectClient, type WireClient } from "../../testing/wire/client.ts";

/** The packages are a hundred megabytes when nobody has fetched them yet. */
const PROVISION_TIMEOUT_MS = 600_000;

let browser: Browser;
let server: Server;
let client: WireClient;
let port: number;
let page: Page;
/** What went wrong on the page, and what it asked for elsewhere. */
let complaints: string[];

beforeAll(async () => {
  browser = await chromium.launch({
    executablePath: await provision("chromium"),
    // Root may not use the sandbox; the page is our own.
    args: ["--no-sandbox", "--host-resolver-rules=MAP attacker.example 127.0.0.1"],
  });
}, PROVISION_TIMEOUT_MS);

afterAll(async () => {
  await browser?.close();
});

beforeEach(async () => {
  port = await freePort();
  server = await createServer({
    config: { "metrics-port": String(port), "slowlog-log-slower-than": "0" },
  });
  client = await connectClient(server.port);
  await ask(client, "CLIENT", "SETNAME", "watched");
  page = await browser.newPage();
  complaints = [];
  page.on("pageerror", (error) => void complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(`http://127.0.0.1:${port}/`)) complaints.push(request.url());
  });
});

afterEach(async () => {
  await page.close();
  client.close();
  await server.close();
});

/** The page asks once a second, and the machine may be busy. */
const PATIENCE = { timeout: 20_000, interval: 50 };

/** Waits until an element says what is wanted. */
async function says(id: string, wanted: RegExp): Promise<void> {
  await expect.poll(() => page.locator(`#${id}`).textContent(), PATIENCE).toMatch(wanted);
}

test("shows what the server does, and goes on showing it", async () => {
  await page.goto(`http://127.0.0.1:${port}/`);
  await says("status", /^Up for /);
  await says("logstate", /^none: nothing is kept$/);
  await says("sessions", /watched/);
  await ask(client, "SET", "a", "1");
  await ask(client, "SET", "b", "1", "EX", "100");
  await ask(client, "NOSUCHCOMMAND");
  await says("databases", /^021$/);
  await says("slowlog", /SET2127\.0\.0\.1:/);
  await says("p50", /^\d+(\.\d+)? (µs|ms|s)$/);
  await says("rate", /^[\d,]+$/);
  const points = () => page.locator("polyline").getAttribute("points");
  const before = await points();
  await expect.poll(points, PATIENCE).not.toBe(before);
  await ask(client, "FLUSHALL");
  await says("databases", /^$/);
  expect(complaints).toEqual([]);
});

test("says when the server does not answer, and when it does again", async () => {
  await page.goto(`http://127.0.0.1:${port}/`);
  await says("status", /^Up for /);
  await page.route("**/state.json", (route) => route.abort());
  await says("status", /^The server does not answer$/);
  await page.unroute("**/state.json");
  await says("status", /^Up for /);
});

test("names what it shows to those who cannot see it", async () => {
  await page.goto(`http://127.0.0.1:${port}/`);
  await says("status", /^Up for /);
  const headings = await page.getByRole("heading", { level: 2 }).allTextContents();
  expect(headings).toHaveLength(7);
  for (const name of headings)
    await expect(page.getByRole("region", { name, exact: true }).count()).resolves.toBe(1);
  await expect(page.getByRole("status").count()).resolves.toBe(1);
  await expect(page.getByRole("img", { name: /Commands per second/ }).count()).resolves.toBe(1);
  await expect(page.getByRole("table").count()).resolves.toBe(3);
  expect(await page.locator("html").getAttribute("lang")).toBe("en");
});

/** The contrast of two colours as `rgb(…)`, by WCAG 2. */
function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].toSorted((x, y) => x - y);
  return (high! + 0.05) / (low! + 0.05);
}

function luminance(color: string): number {
  const [r, g, b] = (color.match(/\d+/g) ?? []).map((text) => {
    const value = Number(text) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

test.each(["light", "dark"] as const)(
  "can be read in the %s, and on a small screen",
  async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width: 360, height: 640 });
    await page.goto(`http://127.0.0.1:${port}/`);
    await says("status", /^Up for /);
    const found = await page.evaluate(`(() => {
    const color = (selector, name) => getComputedStyle(document.querySelector(selector))[name];
    return {
      paper: color("body", "backgroundColor"),
      card: color("section", "backgroundColor"),
      texts: [color("body", "color"), color("dt", "color"), color("dd", "color"), color("caption", "color")],
      line: color("polyline", "stroke"),
      overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    };
  })()`);
    const { paper, card, texts, line, overflow } = found as {
      readonly paper: string;
      readonly card: string;
      readonly texts: readonly string[];
      readonly line: string;
      readonly overflow: number;
    };
    const isDark = luminance(paper) < 0.5;
    expect(isDark).toBe(colorScheme === "dark");
    for (const text of texts) expect(contrast(text, card)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(line, card)).toBeGreaterThanOrEqual(3);
    expect(overflow).toBe(0);
  },
);

test("is not shown under a name that points here from elsewhere", async () => {
  const answer = await page.goto(`http://attacker.example:${port}/`);
  expect(answer!.status()).toBe(421);
  expect(await page.locator("body").textContent()).toContain("not known by that name");
});
