/** `pnpm evidence`: writes docs/VERIFICATION.md from what the last runs of the checks have seen. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readManifest } from "../specs/manifest.ts";
import { GUARANTEES } from "./docs/guarantees.ts";
import { verificationPage } from "./docs/verification.ts";
import { readEvidence } from "./evidence.ts";
import { optionsOf } from "./options.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PAGE = "docs/VERIFICATION.md";

optionsOf(
  {
    name: "pnpm evidence",
    does: "Writes docs/VERIFICATION.md from what the last runs of the checks have seen.",
  },
  {},
);
const specs = readManifest(join(ROOT, "specs"));
writeFileSync(join(ROOT, PAGE), verificationPage(ROOT, GUARANTEES, specs, readEvidence()));
console.log(`wrote ${PAGE}`);
