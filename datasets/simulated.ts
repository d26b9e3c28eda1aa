import {
  checkNumber,
  checkWhole,
  createRandom,
  encodeEdf,
  encodeTsv,
  encodeWav,
  type StudyOrigin,
  version,
  writeBytes,
  writeFolder,
} from "../src/index.ts";
import { auditoryFeatures } from "./simulated/auditoryFeatures.ts";
import * as files from "./simulated/bidsFiles.ts";
import { electrodes } from "./simulated/electrodes.ts";
import { type Mixture, makeMixture, planMixtures } from "./simulated/mixtures.ts";
import { type SimulatedRecording, simulateRecording } from "./simulated/recording.ts";

/** Options of `simulateStudy`. */
export interface SimulatedStudyOptions {
  /** Number of simulated listeners, 1 to 99. Default 2. */
  readonly subjects?: number;
  /** Presentations per listener, 2 to 99: every mixture once per source. Default 8 (mixtures of 3, 3 and 2 sources). */
  readonly trials?: number;
  /** Length of a mixture in seconds, 4 to 600. Default 16. */
  readonly seconds?: number;
  /**
   * Power of what the sound evokes over the power of the rest of the EEG, from 1 to 8 Hz, during the trials, mean over
   * channels, in dB, -60 to 60. Default -18.
   */
  readonly snrDb?: number;
  /** Strength of the response to sources that are not attended, 0 to 1 (1: attention leaves no trace). Default 0.25. */
  readonly unattendedGain?: number;
  /** Whatever the numbers are drawn from; same options, same bytes. Default 0. */
  readonly seed?: number;
  /** Sampling rate of the audio in Hz, whole, 8000 to 96000. Default 16000. */
  readonly audioRateHz?: number;
  /** Sampling rate of the EEG in Hz, whole, 128 to 4096. Default 256. */
  readonly eegRateHz?: number;
  /** Called after each mixture and each listener. */
  readonly onProgress?: (progress: SimulationProgress) => void;
}

/** How far `simulateStudy` has come. */
export interface SimulationProgress {
  /** Mixtures and listeners written. */
  readonly done: number;
  /** Mixtures and listeners to write. */
  readonly total: number;
  /** What was written last, such as `mixture-01` or `sub-02`. */
  readonly item: string;
}

/** What `simulateStudy` wrote. */
export interface SimulatedStudySummary {
  readonly folder: string;
  /** One sentence that says that the data are synthetic, and how they were made. */
  readonly synthetic: string;
  /** `01`, `02` .. */
  readonly subjects: readonly string[];
  readonly mixtures: readonly { readonly name: string; readonly sources: readonly string[] }[];
  readonly trialsPerSubject: number;
  /** The options with all defaults filled in. */
  readonly options: Required<Omit<SimulatedStudyOptions, "onProgress">>;
}

/** Defaults of `simulateStudy`. */
export const simulatedStudyDefaults = {
  subjects: 2,
  trials: 8,
  seconds: 16,
  snrDb: -18,
  unattendedGain: 0.25,
  seed: 0,
  audioRateHz: 16000,
  eegRateHz: 256,
} as const satisfies Required<Omit<SimulatedStudyOptions, "onProgress">>;

/** Where the simulated study comes from and on what terms: those of this project (LICENSE). Nobody's data are in it. */
export const simulatedStudyOrigin = {
  licence: files.simulatedLicence,
  citations: [files.simulatedCitation(version)],
} as const satisfies StudyOrigin;

/**
 * Writes a study that never took place, as a BIDS-EEG folder: synthesised music, and the EEG that simulated listeners
 * would have while attending to one instrument of each mixture. The truth (options, gains, kernels, scalp patterns) is in
 * its `simulation.json`; the model is described in docs/simulated-study.md.
 *
 * All listeners hear the same mixtures, each once per source, in an order of their own. A listener's file depends on the
 * options but not on how many other listeners there are.
 *
 * @param folder where to write; made in one step when everything is there, or not at all
 * @param options sizes, the signal-to-noise ratio and the seed, see SimulatedStudyOptions
 * @throws ToolkitError `bad-option`, `exists` if something is at `folder`
 */
export async function simulateStudy(
  folder: string,
  options: SimulatedStudyOptions = {},
): Promise<SimulatedStudySummary> {
  const { onProgress, ...given } = options;
  const resolved = { ...simulatedStudyDefaults, ...given };
  checkOptions(resolved);
  const { seconds, audioRateHz, eegRateHz, snrDb, unattendedGain } = resolved;
  const random = createRandom(resolved.seed);
  const plan = planMixtures(resolved.trials);
  const ids = Array.from({ length: resolved.subjects }, (_, s) => files.numbered(s + 1));
  const trialSamples = Math.floor(seconds * eegRateHz);
  const synthetic = files.syntheticSentence(resolved);
  let done = 0;
  const report = (item: string) => onProgress?.({ done: ++done, total: plan.length + ids.length, item });

  return writeFolder(folder, async (root) => {
    const write = (name: string, content: Uint8Array | string) => writeBytes(`${root}/${name}`, content);
    const mixtures: Mixture[] = [];
    const features: Float64Array[][][] = [];
    for (const [index, instruments] of plan.entries()) {
      const name = `mixture-${files.numbered(index + 1)}`;
      const own = { durationSeconds: seconds, rateHz: audioRateHz, random: random.fork(name) };
      const mixture = makeMixture(name, instruments, own);
      await write(`stimuli/${files.mixtureFile(name)}`, wav(audioRateHz, mixture.samples));
      for (const { source, samples } of mixture.stems) {
        await write(`stimuli/${files.stemFile(name, source)}`, wav(audioRateHz, samples));
      }
      mixtures.push(mixture);
      features.push(
        mixture.stems.map(({ samples }) =>
          auditoryFeatures(samples, { audioRateHz, eegRateHz, eegSamples: trialSamples }),
        ),
      );
      report(name);
    }
    const subjects: files.SimulatedSubject[] = [];
    for (const id of ids) {
      const recording = simulateRecording(features, {
        eegRateHz,
        trialSamples,
        snrDb,
        unattendedGain,
        random: random.fork(`sub-${id}`),
      });
      const trials = trialEntries(recording, mixtures, seconds);
      const stem = files.recordingStem(id);
      await write(`${stem}_eeg.edf`, edf(recording, trials, id));
      await write(`${stem}_eeg.json`, json(files.eegDescription(recording)));
      await write(`${stem}_channels.tsv`, encodeTsv(files.channelRows(eegRateHz)));
      await write(`${stem}_events.tsv`, encodeTsv(files.eventRows(trials)));
      subjects.push({ id, recording, trials });
      report(`sub-${id}`);
    }
    await write("dataset_description.json", json(files.datasetDescription(synthetic, version)));
    await write("README", files.readmeText(synthetic));
    await write("participants.tsv", encodeTsv(files.participantRows(ids)));
    await write("participants.json", json(files.participantColumns));
    await write("task-attend_events.json", json(files.eventColumns));
    await write("stimuli/stimuli.tsv", encodeTsv(files.stimulusRows(mixtures)));
    await write("stimuli/stimuli.json", json(files.stimulusColumns));
    await write("simulation.json", json(files.simulationTruth(synthetic, version, resolved, mixtures, subjects)));
    await write(".bidsignore", "simulation.json\n");
    return {
      folder,
      synthetic,
      subjects: ids,
      mixtures: mixtures.map(({ name, stems }) => ({ name, sources: stems.map(({ source }) => source) })),
      trialsPerSubject: resolved.trials,
      options: resolved,
    };
  });
}

function checkOptions(options: SimulatedStudySummary["options"]): void {
  const who = "simulateStudy";
  checkWhole(who, "subjects", options.subjects, 1, 99);
  checkWhole(who, "trials", options.trials, 2, 99);
  checkNumber(who, "seconds", options.seconds, { from: 4, to: 600 });
  checkNumber(who, "snrDb", options.snrDb, { from: -60, to: 60 });
  checkNumber(who, "unattendedGain", options.unattendedGain, { from: 0, to: 1 });
  checkNumber(who, "seed", options.seed);
  checkWhole(who, "audioRateHz", options.audioRateHz, 8000, 96000);
  checkWhole(who, "eegRateHz", options.eegRateHz, 128, 4096);
}

function trialEntries(
  { trials, rateHz }: SimulatedRecording,
  mixtures: readonly Mixture[],
  durationSeconds: number,
): files.TrialEntry[] {
  return trials.map(({ mixture, target, startSample }, index) => ({
    trial: files.numbered(index + 1),
    startSample,
    onsetSeconds: startSample / rateHz,
    durationSeconds,
    mixture: mixtures[mixture]!.name,
    target: mixtures[mixture]!.stems[target]!.source,
  }));
}

function edf({ rateHz, channels }: SimulatedRecording, trials: readonly files.TrialEntry[], id: string): Uint8Array {
  return encodeEdf({
    signals: electrodes.map(({ name }, c) => {
      const peak = channels[c]!.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const limit = 50 * Math.ceil(peak / 50);
      const range = { physicalMinimum: -limit, physicalMaximum: limit };
      return { label: name, unit: "uV", transducer: "simulated", rateHz, samples: channels[c]!, ...range };
    }),
    annotations: trials.map(({ onsetSeconds, durationSeconds, trial, mixture, target }) => ({
      onsetSeconds,
      durationSeconds,
      text: `trial ${trial}: ${mixture}, attend ${target}`,
    })),
    patient: { code: `sub-${id}`, name: "simulated" },
    recording: { equipment: "neurosteer" },
  });
}

function wav(rateHz: number, samples: Float32Array): Uint8Array {
  return encodeWav({ rateHz, channels: [Float64Array.from(samples)] });
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
