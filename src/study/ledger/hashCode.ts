import { createHash } from "node:crypto";
import { join } from "node:path";
import { listTree } from "../../formats/file.ts";
import { hashFile } from "./contentHashes.ts";

/**
 * A hash of the code in some folders: names and content of every `.js`, `.mjs`, `.ts` and `.wasm` file.
 *
 * @param folders such as the built `dist/src`, `dist/datasets` and `dist/pipelines`
 * @returns 16 hexadecimal digits
 * @throws ToolkitError `not-found`
 */
export async function hashCode(folders: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const folder of folders) {
    for (const path of await listTree(folder)) {
      if (!/\.(m?js|ts|wasm)$/.test(path)) continue;
      hash.update(`${path}\n${(await hashFile(join(folder, path))).sha256}\n`);
    }
  }
  return hash.digest("hex").slice(0, 16);
}
