// Writes the JSON Schema of study files to docs/study.schema.json: `npm run build && node scripts/writeSchema.mjs`.
import { writeFileSync } from "node:fs";
import { studyJsonSchema } from "../dist/src/study/studyJsonSchema.js";

writeFileSync(new URL("../docs/study.schema.json", import.meta.url), await studyJsonSchema());
