/** docs/APPLICATIONS.md, from the tests of applications and the versions that are depended on. */
import { readFileSync } from "node:fs";
import { markdownTable } from "./table.ts";

const TESTS = new URL("../../tests-redis/clients/", import.meta.url);
const MANIFEST = new URL("../../package.json", import.meta.url);
/** Where what does not come from npm is pinned. */
const PINS: Readonly<Record<string, { readonly file: string; readonly version: RegExp }>> = {
  "redis-py": { file: "redis-py/requirements.txt", version: /^redis==(\S+)/m },
  "go-redis": { file: "go-redis/go.mod", version: /go-redis\/v9 v(\S+)/ },
};

/** One application: the packages that it consists of, and its file of tests. */
interface Application {
  readonly packages: readonly string[];
  readonly file: string;
}

const APPLICATIONS: readonly Application[] = [
  { packages: ["bullmq"], file: "bullmq.test.ts" },
  { packages: ["bee-queue"], file: "bee-queue.test.ts" },
  { packages: ["connect-redis", "express-session"], file: "connect-redis.test.ts" },
  { packages: ["rate-limiter-flexible"], file: "rate-limiter-flexible.test.ts" },
  { packages: ["rate-limit-redis", "express-rate-limit"], file: "rate-limit-redis.test.ts" },
  { packages: ["redlock"], file: "redlock.test.ts" },
  {
    packages: ["socket.io", "@socket.io/redis-adapter", "@socket.io/redis-streams-adapter"],
    file: "socket.io.test.ts",
  },
  {
    packages: ["graphql-redis-subscriptions", "graphql-subscriptions"],
    file: "graphql-redis-subscriptions.test.ts",
  },
  { packages: ["keyv", "@keyv/redis"], file: "keyv.test.ts" },
  { packages: ["cache-manager"], file: "cache-manager.test.ts" },
  { packages: ["redis"], file: "client-side-cache.test.ts" },
  { packages: ["ioredis"], file: "ioredis-scripts.test.ts" },
  { packages: ["redis-py"], file: "redis-py.test.ts" },
  { packages: ["go-redis"], file: "go-redis.test.ts" },
];

/** The page: every application with its version and what is asked of it. */
export function applicationsPage(): string {
  const rows = APPLICATIONS.map(({ packages, file }) => [
    packages.map((name) => `${name} ${versionOf(name)}`).join(", "),
    workloadOf(file).what,
    `[\`${file}\`](../tests-redis/clients/${file})`,
  ]);
  return `# Applications

Generated from the tests in \`tests-redis/clients/\` by \`pnpm run docs\`.

These run on Veridis as they come from their registries. Each has its ordinary workload as a test of \`pnpm test\`, and the same test runs on redis-server:

\`\`\`
npx -y pnpm@12.21.0 exec vitest run tests-redis/clients
VERIDIS_CLIENTS_AGAINST=redis npx -y pnpm@12.21.0 exec vitest run tests-redis/clients
\`\`\`

${markdownTable([["application", "what it is for", "tests"], ...rows])}
${APPLICATIONS.map(section).join("\n")}`;
}

function section({ packages, file }: Application): string {
  const points = workloadOf(file).tests.map((title) => `- ${title}\n`);
  return `## ${packages[0]}\n\n${points.join("")}`;
}

/** @throws Error when it is not pinned */
function versionOf(name: string): string {
  const pin = PINS[name];
  if (pin !== undefined) {
    return pin.version.exec(readFileSync(new URL(pin.file, TESTS), "utf8"))![1]!;
  }
  const { devDependencies } = JSON.parse(readFileSync(MANIFEST, "utf8")) as {
    devDependencies: Record<string, string>;
  };
  const version = devDependencies[name];
  if (version === undefined || !/^\d/.test(version)) throw new Error(`${name} is not pinned`);
  return version;
}

/** What a file of tests says of itself, and the titles of its tests. */
function workloadOf(file: string): { readonly what: string; readonly tests: readonly string[] } {
  const text = readFileSync(new URL(file, TESTS), "utf8");
  const what = /^\/\*\* [^:]+: (.+?)\.(?: \*\/|$)/m.exec(text)?.[1];
  if (what === undefined) throw new Error(`${file} does not say what it is for`);
  // What is a program in another language lists its tests.
  const list = /^ {2}tests: \[\n([^\]]+)\]/m.exec(text)?.[1];
  const titles =
    list?.matchAll(/^ *"([^"]+)",$/gm) ??
    text.matchAll(/^ *test(?:\.\w+\([^)]*\))?\(\s*"([^"]+)"/gm);
  const tests = [...titles].map(([, title]) => title!.replaceAll(/ ?\([^)]*%[^)]*\)/g, ""));
  if (tests.length === 0) throw new Error(`${file} has no tests`);
  return { what, tests };
}
