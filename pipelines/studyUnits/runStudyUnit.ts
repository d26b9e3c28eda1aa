import { join } from "node:path";
import {
  bssEvalV4,
  defineStudy,
  type ErrorCode,
  encodeWav,
  type MusevalTrack,
  type RunUnit,
  type Study,
  type StudyDefinition,
  type StudyOptions,
  ToolkitError,
  type TrialSound,
  toMuseval,
  type UnitContext,
  writeBytes,
  writeMuseval,
} from "../../src/index.ts";
import { separateTrial, studyMethods } from "../neuroSteered/separateTrials.ts";
import { readActivations, writeDecoded } from "./decodedFiles.ts";
import { studyUnitIds, withActivations } from "./planStudy.ts";
import { readPrepared, writePrepared } from "./preparedFiles.ts";
import type { StudyJob } from "./studyJob.ts";
import {
  type DecodedFile,
  type PreparedFile,
  readJson,
  type SeparatedFile,
  unitFileNames,
  writeJson,
} from "./unitFiles.ts";

/** Opens the data of a definition. */
export type OpenStudy = (definition: StudyDefinition) => Promise<Study>;

/** A study opened for units to work on. */
interface OpenedStudy {
  readonly study: Study;
  readonly definition: StudyDefinition;
  readonly options: StudyOptions;
}

/**
 * Makes the function that runs a study's units. A study is opened once however many of its units are run.
 *
 * @param open opens the data of a definition
 */
export function createStudyRunner(open: OpenStudy): RunUnit {
  const opened = new Map<string, Promise<OpenedStudy>>();
  return async (unit, context) => {
    const job = unit.job as StudyJob;
    const key = JSON.stringify([job.folder, job.content, job.seed]);
    const known = opened.get(key) ?? openJob(job, open);
    opened.set(key, known);
    const study = await known.catch((error) => {
      opened.delete(key);
      throw error;
    });
    switch (job.kind) {
      case "prepare":
        return prepareUnit(job.subject, study, context);
      case "decode":
        return decodeUnit(job.subject, study, context);
      case "separate":
        return separateUnit(job, study, context);
      default:
        throw new ToolkitError("bad-option", `study: there is no unit of kind "${String((job as StudyJob).kind)}"`);
    }
  };
}

async function openJob({ folder, content, seed }: StudyJob, open: OpenStudy): Promise<OpenedStudy> {
  const definition = withActivations(await defineStudy(content, { folder, name: join(folder, "study.yaml") }));
  return { study: await open(definition), definition, options: { ...definition.options, seed } };
}

/** Counts steps and stops where the run is stopped. */
function stepper({ signal, progress }: UnitContext, total: number): (label: string) => void {
  let done = 0;
  return (label) => {
    if (signal.aborted) throw new ToolkitError("aborted", `stopped at ${label}`);
    done = Math.min(total, done + 1);
    progress(done, total, label);
  };
}

async function prepareUnit(id: string, { study, options }: OpenedStudy, context: UnitContext): Promise<void> {
  const subject = subjectOf(study, id);
  await writePrepared(context.folder, { study, subject, options }, stepper(context, subject.trials.length));
}

async function decodeUnit(id: string, { study, options }: OpenedStudy, context: UnitContext): Promise<void> {
  const { needs, folder } = context;
  const ownFolder = needs.get(studyUnitIds.prepare(id))!;
  const own = await readPrepared(ownFolder);
  const others = [];
  for (const [need, path] of needs) {
    const prepared = need === studyUnitIds.prepare(id) ? undefined : await readPrepared(path);
    if (prepared !== undefined) others.push(prepared);
  }
  const { failures } = await readJson<PreparedFile>(join(ownFolder, unitFileNames.prepared));
  const step = stepper(context, own?.trials.length ?? 0);
  await writeDecoded(folder, { own: own ?? { id, trials: [] }, others, study }, { options, failures }, step);
}

async function separateUnit(
  { subject, trial, family }: StudyJob & { kind: "separate" },
  { study, definition, options }: OpenedStudy,
  context: UnitContext,
): Promise<void> {
  const decodedFolder = context.needs.get(studyUnitIds.decode(subject))!;
  const { failures } = await readJson<DecodedFile>(join(decodedFolder, unitFileNames.decoded));
  const failure = failures.find((each) => each.subject === subject && each.trial === trial);
  if (failure) throw new ToolkitError(failure.code as ErrorCode, failure.message);
  const all = await readActivations(decodedFolder);
  const decoded = all.find((each) => each.trial.trial === trial);
  if (decoded === undefined) {
    throw new ToolkitError("not-found", `${subject} trial ${trial}: was not decoded; its activations are needed`);
  }
  const methods = studyMethods(definition).filter((method) => method.family === family);
  const step = stepper(context, methods.length);
  let read: Promise<TrialSound> | undefined;
  const sound = () => {
    read ??= study.readSound(decoded.trial);
    return read;
  };
  const file = { rows: [] as SeparatedFile["rows"][number][], costTraces: [] as SeparatedFile["costTraces"][number][] };
  let rateHz = 0;
  for await (const event of separateTrial({ decoded, all, study, methods, options })) {
    if (event.kind === "step") step(event.label);
    else if (event.kind === "trial") file.costTraces.push(...event.detail.costTraces);
    else if (event.kind === "estimate") {
      file.rows.push(event.row);
      rateHz = event.rateHz;
      const signal = { rateHz, channels: [event.samples] };
      if (definition.outputs.museval) {
        const text = writeMuseval(await framewiseScores(await sound(), decoded.attended, event.samples));
        await writeBytes(join(context.folder, `${event.row.method}.museval.json`), text);
      }
      await writeBytes(join(context.folder, `${event.row.method}.wav`), encodeWav(signal, { sampleFormat: "float32" }));
    }
  }
  await writeJson(join(context.folder, unitFileNames.separated), { ...file, rateHz } satisfies SeparatedFile);
}

function subjectOf(study: Study, id: string): Study["subjects"][number] {
  const subject = study.subjects.find((each) => each.id === id);
  if (subject !== undefined) return subject;
  throw new ToolkitError("not-found", `${study.folder}: has no subject "${id}" any more`);
}

/** BSS Eval version 4 of the attended source and of the rest of the mixture, in museval's layout. */
async function framewiseScores(sound: TrialSound, attended: number, estimate: Float64Array): Promise<MusevalTrack> {
  const { mixture, rateHz, stems } = sound;
  const target = stems[attended]!;
  const rest = (samples: Float64Array) => mixture.map((sample, i) => sample - samples[i]!);
  const window = Math.round(rateHz);
  const scores = bssEvalV4([[target.samples], [rest(target.samples)]], [[estimate], [rest(estimate)]], {
    window,
    hop: window,
  });
  return toMuseval(scores, { names: [target.name, "rest"], rateHz });
}
