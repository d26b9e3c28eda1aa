import { join, resolve } from "node:path";
import { z } from "zod";
import { ToolkitError } from "../../core/error.ts";
import type { Unit } from "../ledger/unit.ts";
import { defineStudy, studyFileName } from "../studyFile.ts";

const shared = {
  folder: z.string().min(1),
  content: z.unknown(),
  seed: z.int().min(0),
  subject: z.string().min(1).max(1000),
};

const studyJobSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("prepare"), ...shared }),
  z.strictObject({ kind: z.literal("decode"), ...shared }),
  z.strictObject({
    kind: z.literal("separate"),
    ...shared,
    trial: z.string().min(1).max(1000),
    family: z.string().min(1),
  }),
]);

/**
 * Checks that a unit is one of a study: of the three kinds there are, with a study content that fits the schema of study files.
 *
 * @returns every folder and file that it may read besides the units it needs, absolute
 * @throws ToolkitError `bad-format` for anything else
 */
export async function checkStudyUnit(unit: Unit): Promise<string[]> {
  const found = studyJobSchema.safeParse(unit.job);
  if (!found.success) {
    const issue = found.error.issues[0]!;
    const where = issue.path.length === 0 ? "" : ` at ${issue.path.join(".")}`;
    throw new ToolkitError("bad-format", `unit ${unit.id}: is no work of a study${where}: ${issue.message}`);
  }
  const { folder, content } = found.data;
  const { data } = await defineStudy(content, { folder, name: join(folder, studyFileName) });
  const named = [...(data.root === undefined ? [] : [data.root]), ...data.roots];
  return [folder, ...named.map((path) => resolve(folder, path)), ...unit.inputs];
}
