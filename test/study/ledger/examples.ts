import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { RunUnit, Unit } from "../../../src/study/ledger/unit.ts";
import { unitId } from "../../../src/study/ledger/unitId.ts";

/** A unit with nothing special about it. */
export function plainUnit(id: string, parts: Partial<Unit> = {}): Unit {
  return { id, kind: "plain", label: id, needs: [], inputs: [], options: {}, job: null, ...parts };
}

/** Subjects of the small study below. */
export const subjects = ["01", "02", "Zoë Ω 3"];

/** Writes the small study's recordings: a text file a subject. */
export function writeInputs(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const subject of subjects) writeFileSync(inputOf(folder, subject), `recording of ${subject}\n`);
}

/** Path of a subject's recording. */
export const inputOf = (folder: string, subject: string): string => join(folder, `sub ${subject}.txt`);

/** A study of three stages: each subject is prepared and decoded, then all are summed up. */
export function studyUnits(inputs: string, { rateHz = 64, lambda = 1 } = {}): Unit[] {
  const prepared = subjects.map((subject) =>
    plainUnit(unitId("prepare", subject), {
      kind: "prepare",
      inputs: [inputOf(inputs, subject)],
      options: { rateHz, seed: 7 },
    }),
  );
  const decoded = subjects.map((subject) =>
    plainUnit(unitId("decode", subject), {
      kind: "decode",
      needs: [unitId("prepare", subject)],
      options: { decoder: { lambda } },
    }),
  );
  return [...prepared, ...decoded, plainUnit("summary", { kind: "summary", needs: decoded.map(({ id }) => id) })];
}

/** Does a unit's work: many files that depend on its options and all it reads. */
export function writeMany({ files = 20, pauseMilliseconds = 0 } = {}): RunUnit {
  return async (unit, { folder, needs, signal, progress }) => {
    const hash = createHash("sha256").update(JSON.stringify(unit.options));
    for (const path of unit.inputs) hash.update(readFileSync(path));
    for (const [id, need] of needs) hash.update(id).update(readFileSync(join(need, "deep/er/0.txt")));
    const digest = hash.digest("hex");
    mkdirSync(join(folder, "deep/er"), { recursive: true });
    for (let i = 0; i < files; i++) {
      writeFileSync(join(folder, `deep/er/${i}.txt`), `${digest} ${i}\n`.repeat(50));
      progress(i + 1, files, "files");
      if (pauseMilliseconds > 0) await delay(pauseMilliseconds, undefined, { signal });
    }
  };
}

/** Every file below a folder with its content, by path; files that hold times excepted. */
export function treeOf(folder: string): Record<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => statSync(join(folder, path)).isFile() && !path.endsWith("timing.json"))
    .sort();
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(folder, path), "latin1")]));
}
