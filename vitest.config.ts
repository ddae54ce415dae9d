import { defineConfig } from "vitest/config";

const ROOMS = "{impl,maelstrom,model,refinement,scripts,sim,specs,testing,tests-redis}";
/** They measure what compiled code allocates, which depends on all that ran before it. */
const ALONE = [`${ROOMS}/**/*hot-path.test.ts`];

// biome-ignore lint/style/noDefaultExport: vitest reads the default export
export default defineConfig({
  test: {
    // Node strips the types itself and keeps what it has compiled: half the start of each file.
    experimental: { viteModuleRunner: false },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: "together",
          include: [`${ROOMS}/**/*.test.ts`],
          exclude: ALONE,
          // One process loads and compiles the server once for all files, not once for each.
          isolate: false,
        },
      },
      { extends: true, test: { name: "alone", include: ALONE } },
    ],
  },
});
