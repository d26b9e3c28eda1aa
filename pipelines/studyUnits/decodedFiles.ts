import { join } from "node:path";
import { type DecodedFeatureTrial, readArrays, type StudyOptions, writeArrays } from "../../src/index.ts";
import { decodeControls } from "../neuroSteered/controls.ts";
import { type DecodedActivations, type DecodingInput, decodeSubject } from "../neuroSteered/decodeSubject.ts";
import { matrixOf, rowsOf } from "../neuroSteered/matrices.ts";
import { type DecodedFile, readJson, unitFileNames, writeJson } from "./unitFiles.ts";

/**
 * Decodes a subject and writes what came of it.
 *
 * @param settings options, and the failures of the preparation, which are passed on
 */
export async function writeDecoded(
  folder: string,
  input: DecodingInput,
  { options, failures }: { readonly options: StudyOptions; readonly failures: DecodedFile["failures"] },
  onStep: (label: string) => void,
): Promise<void> {
  const file = {
    decisions: [] as DecodedFile["decisions"][number][],
    controls: [] as DecodedFile["controls"][number][],
    patterns: [] as DecodedFile["patterns"][number][],
    warnings: [] as string[],
    failures: [...failures],
    decoded: [] as DecodedFile["decoded"][number][],
    activations: [] as DecodedFile["activations"][number][],
  };
  const arrays = new Map<string, readonly Float64Array[]>();
  const activations: DecodedActivations[] = [];
  const stages = [
    ...(options.decoder.controls && input.own.trials.length > 0 ? [decodeControls(input, options)] : []),
    ...(input.own.trials.length > 0 ? [decodeSubject(input, options)] : []),
  ];
  for (const stage of stages) {
    for await (const event of stage) {
      switch (event.kind) {
        case "decision":
          file.decisions.push(event.row);
          break;
        case "control":
          file.controls.push(event.row);
          break;
        case "pattern":
          file.patterns.push(event.pattern);
          break;
        case "warning":
          file.warnings.push(event.message);
          break;
        case "failure":
          file.failures.push(event.failure);
          break;
        case "step":
          onStep(event.label);
          break;
        case "decoded": {
          const { feature, subject, trial, attended, candidates, decoded, valid } = event;
          const name = `decoded ${file.decoded.length}`;
          file.decoded.push({ feature, subject, trial, attended, sources: candidates.length });
          arrays.set(name, decoded);
          for (const [s, rows] of candidates.entries()) arrays.set(`${name} ${s}`, rows);
          arrays.set(`${name} valid`, valid === undefined ? [] : [Float64Array.from(valid)]);
          break;
        }
        case "ready":
          activations.push(event.value);
          break;
      }
    }
  }
  const place = ({ trial }: DecodedActivations) => input.own.trials.findIndex((own) => own.trial === trial);
  for (const each of activations.sort((a, b) => place(a) - place(b))) {
    const name = `activations ${file.activations.length}`;
    const { trial, attended, times, decoded, sourceActivations, sourceAligned } = each;
    file.activations.push({ trial, attended, times, sources: sourceActivations.length });
    arrays.set(name, decoded);
    for (const [s, rows] of sourceActivations.entries()) arrays.set(`${name} ${s}`, rowsOf(rows));
    for (const [s, rows] of sourceAligned.entries()) arrays.set(`${name} ${s} aligned`, rows);
  }
  await writeArrays(folder, arrays);
  await writeJson(join(folder, unitFileNames.decoded), file satisfies DecodedFile);
}

/** Reads decoded activations back, in the order of presentation. */
export async function readActivations(folder: string): Promise<DecodedActivations[]> {
  const { activations } = await readJson<DecodedFile>(join(folder, unitFileNames.decoded));
  const array = await readArrays(folder);
  return activations.map(({ sources, ...facts }, n) => {
    const name = `activations ${n}`;
    const each = Array.from({ length: sources }, (_, s) => s);
    return {
      ...facts,
      decoded: array(name),
      sourceActivations: each.map((s) => matrixOf(array(`${name} ${s}`))),
      sourceAligned: each.map((s) => array(`${name} ${s} aligned`)),
    };
  });
}

/** Reads decoded features back. */
export async function readDecodedFeatures(folder: string): Promise<DecodedFeatureTrial[]> {
  const { decoded } = await readJson<DecodedFile>(join(folder, unitFileNames.decoded));
  const array = await readArrays(folder);
  return decoded.map(({ sources, ...facts }, n) => {
    const name = `decoded ${n}`;
    const [valid] = array(`${name} valid`);
    return {
      ...facts,
      decoded: array(name),
      candidates: Array.from({ length: sources }, (_, s) => array(`${name} ${s}`)),
      ...(valid && { valid: Uint8Array.from(valid) }),
    };
  });
}
