import { basename, dirname, join } from "node:path";
import { ToolkitError } from "../core/error.ts";
import { pathKind, readText } from "../formats/file.ts";
import { type StatisticsOptions, type StudyOptions, statisticsDefaults, studyDefaults } from "./studyOptions.ts";
import { checkStudyContent, type StudyFileContent } from "./studySchema.ts";
import { parseYaml } from "./yamlFile.ts";

/** Name of the options file in a study's folder. */
export const studyFileName = "study.yaml";

/** Where the data of a study are, as the study file says it. */
export interface StudyData {
  /** Kind of corpus; missing: whatever the folder looks like. */
  readonly dataset?: "bids" | "folder" | "madeeg";
  /** Folder of the data, relative to that of the study file; default the same. */
  readonly root?: string;
  /** Of MAD-EEG. */
  readonly release?: "preprocessed" | "raw";
  /** Folders that paths may lead to besides the study's own, relative to it or absolute. */
  readonly roots: readonly string[];
  /** Subjects to use; default all. */
  readonly subjects?: readonly string[];
  /** Subjects and trials that are left out, each with the reason. */
  readonly exclude: readonly Exclusion[];
}

/** A subject or trial that is left out on purpose. */
export interface Exclusion {
  readonly subject: string;
  /** Missing: the whole subject. */
  readonly trial?: string;
  readonly reason: string;
}

/** A method to run: its name, or its name with options, lists of which make a grid. */
export type MethodEntry = string | { readonly method: string; readonly [option: string]: unknown };

/** What a study writes besides its tables. */
export interface OutputOptions {
  /** Estimates as WAV files. */
  readonly audio: boolean;
  /** Framewise scores in the JSON of museval, one file a trial and method. */
  readonly museval: boolean;
}

/** Defaults of `outputs` in a study file. */
export const outputDefaults: OutputOptions = { audio: true, museval: false };

/** Everything a study file says, defaults filled in. */
export interface StudyDefinition {
  /** Folder that paths are relative to. */
  readonly folder: string;
  readonly data: StudyData;
  readonly options: StudyOptions;
  /** Default all methods there are. */
  readonly methods?: readonly MethodEntry[];
  readonly statistics: StatisticsOptions;
  readonly outputs: OutputOptions;
  /** What the file says, as plain data: what travels to other threads and machines. */
  readonly content: unknown;
}

/**
 * Reads a study's definition: from a study file, or from `study.yaml` in a folder; what the file leaves out keeps its default, and
 * without a file all defaults hold. Quantities carry their unit: `"250 ms"`, `"1 Hz"`, `"44.1 kHz"`.
 *
 * @param path a study file or a folder
 * @param overrides `seed`: takes the place of the file's
 * @throws ToolkitError `not-found`; `bad-format` if the file is not YAML, has an unknown key or a value that does not fit
 */
export async function readStudyFile(
  path: string,
  { seed }: { readonly seed?: number | undefined } = {},
): Promise<StudyDefinition> {
  const kind = await pathKind(path);
  if (kind === undefined) throw new ToolkitError("not-found", `${path}: no such file or folder`);
  const file = kind === "file" ? path : join(path, studyFileName);
  const folder = kind === "file" ? dirname(path) : path;
  const content = (await pathKind(file)) ? await parseYaml(await readText(file), file) : {};
  const definition = await defineStudy(content, { folder, name: file });
  return seed === undefined ? definition : { ...definition, options: { ...definition.options, seed } };
}

/**
 * Reads a study's options from the text of a study file.
 *
 * @param text YAML
 * @param name the file's name, for messages
 * @throws ToolkitError `bad-format`
 */
export async function parseStudyFile(text: string, name = studyFileName): Promise<StudyOptions> {
  return (await defineStudy(await parseYaml(text, name), { folder: dirname(name), name: basename(name) })).options;
}

/**
 * Makes a study's definition from the content of a study file.
 *
 * @param content plain data
 * @param place the folder that paths are relative to, and the file's name for messages
 * @throws ToolkitError `bad-format`
 */
export async function defineStudy(
  content: unknown,
  { folder, name }: { readonly folder: string; readonly name: string },
): Promise<StudyDefinition> {
  const file = await checkStudyContent(content, name);
  const options = optionsOf(file);
  checkTogether(name, options);
  const { roots = [], exclude = [], ...data } = defined(file.data ?? {});
  return {
    folder,
    data: { ...data, roots, exclude: exclude.map(defined) },
    options,
    ...(file.methods && { methods: file.methods }),
    statistics: merge(statisticsDefaults, file.statistics ?? {}),
    outputs: merge(outputDefaults, file.outputs ?? {}),
    content: content ?? {},
  };
}

function optionsOf(file: StudyFileContent): StudyOptions {
  return {
    seed: file.seed ?? studyDefaults.seed,
    preprocessing: merge(studyDefaults.preprocessing, {
      ...without(file.preprocessing, "notch", "rate", "band", "margin"),
      notchHz: file.preprocessing?.notch,
      rateHz: file.preprocessing?.rate,
      lowHz: file.preprocessing?.band?.[0],
      highHz: file.preprocessing?.band?.[1],
      marginSeconds: file.preprocessing?.margin,
    }),
    spectrogram: merge(studyDefaults.spectrogram, {
      windowSeconds: file.spectrogram?.window,
      hopSeconds: file.spectrogram?.hop,
    }),
    decoder: merge(studyDefaults.decoder, {
      ...without(file.decoder, "tmin", "tmax", "lambda"),
      minLagSeconds: file.decoder?.tmin,
      maxLagSeconds: file.decoder?.tmax,
      lambda: typeof file.decoder?.lambda === "number" ? [file.decoder.lambda] : file.decoder?.lambda,
    }),
    separation: merge(studyDefaults.separation, file.separation ?? {}),
    metrics: merge(studyDefaults.metrics, file.metrics ?? {}),
  };
}

/** Refuses values that are fine each but not together. */
function checkTogether(name: string, { preprocessing, spectrogram, decoder }: StudyOptions): void {
  const { lowHz, highHz, rateHz } = preprocessing;
  const refuse = (message: string): never => {
    throw new ToolkitError("bad-format", `${name}: ${message}`);
  };
  if (!(lowHz < highHz)) refuse(`preprocessing.band is ${lowHz} to ${highHz} Hz; the first must be the lower one`);
  if (!(highHz < rateHz / 2)) {
    refuse(`preprocessing.rate is ${rateHz} Hz; a band up to ${highHz} Hz needs more than ${2 * highHz} Hz`);
  }
  const { windowSeconds, hopSeconds } = spectrogram;
  if (!(hopSeconds > 0 && hopSeconds <= windowSeconds)) {
    refuse(`spectrogram.hop is ${hopSeconds} s; it must be above 0 and at most the window of ${windowSeconds} s`);
  }
  if (!(decoder.minLagSeconds <= decoder.maxLagSeconds)) {
    refuse(`decoder.tmin is ${decoder.minLagSeconds} s, later than tmax, ${decoder.maxLagSeconds} s`);
  }
  const tooGreat = decoder.method === "shrinkage" ? decoder.lambda.find((lambda) => lambda > 1) : undefined;
  if (tooGreat !== undefined) refuse(`decoder.lambda has ${tooGreat}; with shrinkage it is from 0 to 1`);
  if (decoder.groupBy === "subject" && decoder.regime !== "leave-one-subject-out") {
    refuse(`decoder.groupBy is subject, which goes with regime leave-one-subject-out, not ${decoder.regime}`);
  }
}

function without<T extends object, K extends keyof T>(object: T | undefined, ...names: K[]): Partial<Omit<T, K>> {
  const kept = Object.entries(object ?? {}).filter(([name]) => !names.includes(name as K));
  return Object.fromEntries(kept) as Partial<Omit<T, K>>;
}

function merge<T extends object>(defaults: T, given: { [Key in keyof T]?: T[Key] | undefined }): T {
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(set) };
}

/** The same without fields that are undefined. */
function defined<T extends object>(object: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]: Exclude<T[Key], undefined>;
  };
}
