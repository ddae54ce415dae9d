import { mergeConfig } from "vitest/config";
import base from "../../vitest.config.ts";

// biome-ignore lint/style/noDefaultExport: vitest reads the default export
export default mergeConfig(base, { test: { setupFiles: ["refinement/mutants/fixed-seed.ts"] } });
