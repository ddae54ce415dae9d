import { defineConfig } from "vitest/config";

// biome-ignore lint/style/noDefaultExport: vitest reads the default export
export default defineConfig({
  test: {
    include: [
      "{impl,maelstrom,model,refinement,scripts,sim,specs,testing,tests-redis}/**/*.test.ts",
    ],
    // Node strips the types itself and keeps what it has compiled: half the start of each file.
    experimental: { viteModuleRunner: false },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
