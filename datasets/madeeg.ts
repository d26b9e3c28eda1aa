import {
  checkNumber,
  pathKind,
  type Study,
  type StudyOrigin,
  type StudyTrial,
  ToolkitError,
  type TrialSound,
  toMono,
} from "../src/index.ts";
import { checkAnythingLeft, plannedFor, singleTargetNotes } from "./madeeg/collect.ts";
import { openEegRows } from "./madeeg/hdf5Eeg.ts";
import { type PreprocessedTrial, planPreprocessed } from "./madeeg/preprocessed.ts";
import { planRaw, type RawFiles, type RawTrial } from "./madeeg/raw.ts";
import { checkRemix, type MixtureCheck } from "./madeeg/remix.ts";
import { checkStereo, readSources, readStoredMixture, scaledStems } from "./madeeg/sources.ts";
import { readStimulus } from "./madeeg/stimulusFiles.ts";

export type { MixtureCheck } from "./madeeg/remix.ts";

/** Options of `openMadEeg`. */
export interface MadEegOptions {
  /**
   * `preprocessed`: trials of mixtures, cleaned, with their isolated sources. `raw`: continuous recordings with solos; its mixtures
   * need the files of the preprocessed release besides, for their sources.
   */
  readonly release: "preprocessed" | "raw";
  /**
   * Largest share of a preprocessed mixture's energy, in dB, that its sources may leave unexplained; a trial with more is refused
   * when its sound is read. `Infinity` accepts anything. Default -20.
   */
  readonly maximumResidualDb?: number;
}

/** Options of `openMadEeg` where none are given. */
export const madEegDefaults = { maximumResidualDb: -20 } as const satisfies Partial<MadEegOptions>;

/** MAD-EEG as a study. */
export interface MadEegStudy extends Study {
  /**
   * Rebuilds a trial's mixture from its sources with the gains and the panning that the metadata state.
   *
   * @throws ToolkitError as `readSound`; `bad-option` for a solo, which is no mixture
   */
  checkMixture(trial: StudyTrial): Promise<MixtureCheck>;
}

/** Where MAD-EEG comes from and on what terms. */
export const madEegOrigin = {
  licence: "CC-BY-SA",
  citations: [
    "G. Cantisani, G. Trégoat, S. Essid, G. Richard, MAD-EEG: an EEG dataset for decoding auditory attention to a target instrument in polyphonic music, Speech, Music and Mind (SMM), 2019, hal-02291882",
  ],
  source: "https://zenodo.org/records/4537751",
} as const satisfies StudyOrigin;

/**
 * Opens MAD-EEG: EEG of listeners who attend to one instrument of a duo or trio. Files are looked for in the folder and in its
 * `preprocessed/` and `raw/`. Only metadata, shapes and headers are read; samples when asked for, a block at a time.
 *
 * What contradicts itself (a stimulus' name and its metadata, arrays of different lengths, missing rows) is in `problems`; mixtures
 * in which one instrument alone was attended, and subjects without a solo of an instrument, are in `notes`.
 *
 * The preprocessed release has a recording for each trial; trials are named after their stimuli. In the raw release every repetition
 * of a presentation is a trial, named after the stimulus with `_1`, `_2`.. behind it, in the subject's one recording; EEG is in
 * the unit of the file.
 *
 * @param root folder of the corpus
 * @param options which release; see `madEegDefaults`
 * @throws ToolkitError `not-found` if a file is missing; for files that cannot be read; and the first problem where nothing is left
 */
export async function openMadEeg(root: string, options: MadEegOptions): Promise<MadEegStudy> {
  const { release, maximumResidualDb = madEegDefaults.maximumResidualDb } = options;
  if (maximumResidualDb !== Infinity) checkNumber("openMadEeg", "maximumResidualDb", maximumResidualDb);
  if ((await pathKind(root)) !== "folder") throw new ToolkitError("not-found", `${root}: no such folder`);
  if (release === "preprocessed") return openPreprocessed(root, maximumResidualDb);
  if (release === "raw") return openRaw(root, maximumResidualDb);
  throw new ToolkitError(
    "bad-option",
    `openMadEeg: release is "${String(release)}"; it must be "preprocessed" or "raw"`,
  );
}

async function openPreprocessed(root: string, maximumResidualDb: number): Promise<MadEegStudy> {
  const plan = await planPreprocessed(needed(root, await findPreprocessed(root)));
  checkAnythingLeft(plan.subjects, plan.problems);
  const planned = (trial: StudyTrial) => plannedFor(plan.trials, trial);
  return {
    folder: root,
    title: "MAD-EEG (preprocessed)",
    ...madEegOrigin,
    subjects: plan.subjects,
    problems: plan.problems,
    notes: [
      "the EEG of a trial is several repetitions of an excerpt, cut out and put side by side",
      ...singleTargetNotes(plan.subjects),
    ],
    openEeg: async (trial) => openEegRows(planned(trial).eeg),
    readSound: async (trial) => readPreprocessed(planned(trial), maximumResidualDb),
    checkMixture: async (trial) => {
      const { channels, sources, stored } = await readMixture(planned(trial));
      return checkStereo(channels, sources, stored);
    },
  };
}

async function readMixture({ trial, sources: stored }: PreprocessedTrial) {
  const samples = Math.min(stored.samples, Math.round(trial.durationSeconds * stored.rateHz));
  const channels = await readStoredMixture(stored, 0, samples);
  return { channels, sources: await readSources(stored, 0, samples), stored };
}

async function readPreprocessed(planned: PreprocessedTrial, maximumResidualDb: number): Promise<TrialSound> {
  const { channels, sources, stored } = await readMixture(planned);
  const check = checkStereo(channels, sources, stored);
  const { residualDb, scale, scaledResidualDb } = check;
  if (scaledResidualDb > maximumResidualDb) {
    throw new ToolkitError(
      "bad-value",
      `${stored.file}: /${stored.group}: the mixture is not the sum of its sources: ${residualDb.toFixed(1)} dB of it are left over, ${scaledResidualDb.toFixed(1)} dB at the best loudness; at most ${maximumResidualDb} dB are accepted (maximumResidualDb)`,
    );
  }
  const { rateHz } = stored;
  const stems = scaledStems(sources, stored, residualDb <= maximumResidualDb ? 1 : scale);
  return { rateHz, mixture: toMono({ rateHz, channels }), channels, stems };
}

async function openRaw(root: string, maximumResidualDb: number): Promise<MadEegStudy> {
  const files: RawFiles = needed(root, {
    data: await find(root, "raw", "madeeg_raw.hdf5"),
    metadata: await find(root, "raw", "madeeg_raw.yaml"),
    sequences: await find(root, "raw", "madeeg_sequences_raw.yaml"),
    stimuli: await find(root, "raw", "stimuli"),
  });
  const { data, metadata } = await findPreprocessed(root);
  const donors =
    typeof data === "string" && typeof metadata === "string" ? await planPreprocessed({ data, metadata }) : undefined;
  const plan = await planRaw(files, donors);
  checkAnythingLeft(plan.subjects, plan.problems);
  const planned = (trial: StudyTrial) => plannedFor(plan.trials, trial);
  return {
    folder: root,
    title: "MAD-EEG (raw)",
    ...madEegOrigin,
    subjects: plan.subjects,
    problems: plan.problems,
    notes: [
      "the repetitions of a presentation are trials of their own; leave those of one mixture and target out together",
      ...(donors
        ? []
        : [
            "mixtures are left out: the raw release has no isolated sources; put madeeg_preprocessed.hdf5 and madeeg_preprocessed.yaml beside it",
          ]),
      ...plan.notes,
      ...singleTargetNotes(plan.subjects),
    ],
    openEeg: async (trial) => openEegRows(plan.recordings.get(planned(trial).trial.recording)!),
    readSound: async (trial) => (await readRepetition(planned(trial), maximumResidualDb)).sound,
    checkMixture: async (trial) => {
      const { check } = await readRepetition(planned(trial), maximumResidualDb);
      if (check) return check;
      throw new ToolkitError("bad-option", `${trial.trial}: is a solo; there is no mixture to check`);
    },
  };
}

/** How the raw stimuli were rendered is not stated, so the sources are given in the loudness that fits, where one does. */
async function readRepetition(
  { trial, stimulus, samples, sources: stored, sourceStart }: RawTrial,
  maximumResidualDb: number,
): Promise<{ sound: TrialSound; check?: MixtureCheck }> {
  const { rateHz, channels } = await readStimulus(stimulus, samples);
  const mixture = toMono({ rateHz, channels });
  const several = channels.length > 1 && { channels };
  if (stored === undefined) {
    return { sound: { rateHz, mixture, ...several, stems: [{ name: trial.target, samples: mixture }] } };
  }
  const sources = await readSources(stored, sourceStart, sourceStart + samples);
  const check = checkRemix([mixture], sources, [stored.gains.map((gain) => gain / 2)]);
  const scale = check.scaledResidualDb <= maximumResidualDb ? check.scale : 1;
  return { sound: { rateHz, mixture, ...several, stems: scaledStems(sources, stored, scale) }, check };
}

/** A path, or what was looked for where there is none. */
type Found = string | { readonly missing: string };

async function findPreprocessed(root: string): Promise<{ data: Found; metadata: Found }> {
  return {
    data: await find(root, "preprocessed", "madeeg_preprocessed.hdf5"),
    metadata: await find(root, "preprocessed", "madeeg_preprocessed.yaml"),
  };
}

async function find(root: string, folder: string, name: string): Promise<Found> {
  for (const path of [`${root}/${name}`, `${root}/${folder}/${name}`]) {
    if ((await pathKind(path)) !== undefined) return path;
  }
  return { missing: name };
}

function needed<Name extends string>(root: string, found: Record<Name, Found>): Record<Name, string> {
  const values: Found[] = Object.values(found);
  const missing = values.flatMap((value) => (typeof value === "string" ? [] : [value.missing]));
  if (missing.length === 0) return found as Record<Name, string>;
  throw new ToolkitError(
    "not-found",
    `${root}: has no ${missing.join(", ")}; get them from ${madEegOrigin.source} and unpack them there`,
  );
}
