import { bandCentersHz } from "./auditoryFeatures.ts";
import { electrodes } from "./electrodes.ts";
import { kernelSeconds } from "./listener.ts";
import type { Mixture } from "./mixtures.ts";
import type { SimulatedRecording } from "./recording.ts";

/** Rows of a table; every row has the same keys. */
export type TableRows = readonly Readonly<Record<string, string>>[];

/** A trial as its tables write it. */
export interface TrialEntry {
  /** `01` .. in order of presentation. */
  readonly trial: string;
  readonly startSample: number;
  readonly onsetSeconds: number;
  readonly durationSeconds: number;
  readonly mixture: string;
  readonly target: string;
}

/** A subject with what was simulated for it. */
export interface SimulatedSubject {
  readonly id: string;
  readonly recording: SimulatedRecording;
  readonly trials: readonly TrialEntry[];
}

/** Settings the texts mention. */
export interface DescribedOptions {
  readonly subjects: number;
  readonly trials: number;
  readonly seconds: number;
  readonly snrDb: number;
  readonly unattendedGain: number;
  readonly seed: number;
  readonly audioRateHz: number;
  readonly eegRateHz: number;
}

/** Two digits at least: 1 becomes `01`. */
export function numbered(value: number): string {
  return String(value).padStart(2, "0");
}

/** Path of a subject's recording in the study, without what follows the last underscore. */
export function recordingStem(subject: string): string {
  return `sub-${subject}/eeg/sub-${subject}_task-attend`;
}

/** Name of a mixture's file in `stimuli/`. */
export function mixtureFile(mixture: string): string {
  return `${mixture}.wav`;
}

/** Name of a source's file in `stimuli/`. */
export function stemFile(mixture: string, source: string): string {
  return `${mixture}_${source}.wav`;
}

/** The sentence that tells everybody that the data are synthetic. */
export function syntheticSentence(options: DescribedOptions): string {
  const { subjects, trials, seconds, snrDb, seed } = options;
  return (
    "Synthetic data: the music was synthesised and the EEG simulated by neurosteer; nobody was recorded " +
    `(${subjects} subjects, ${trials} trials of ${seconds} s, response at ${snrDb} dB, seed ${seed}).`
  );
}

/** On what terms the simulated study comes: those of the program that writes it. */
export const simulatedLicence = "MIT";

/**
 * How to cite a simulated study.
 *
 * @param version of the program that wrote it
 */
export function simulatedCitation(version: string): string {
  return `The neurosteer authors, Simulated attention to music (synthetic data), written by neurosteer ${version}, simulateStudy`;
}

/** Content of dataset_description.json. */
export function datasetDescription(synthetic: string, version: string) {
  return {
    Name: "Simulated attention to music",
    BIDSVersion: "1.9.0",
    DatasetType: "raw",
    License: simulatedLicence,
    HowToAcknowledge: simulatedCitation(version),
    GeneratedBy: [{ Name: "neurosteer", Version: version, Description: "simulateStudy" }],
    Synthetic: synthetic,
  };
}

/** Content of README. */
export function readmeText(synthetic: string): string {
  return `Simulated attention to music

${synthetic}

Each subject hears every mixture once per source and attends to that source. Mixtures and their sources are in stimuli/
(stimuli.tsv lists them; a mixture is the sum of its sources), what was heard when is in the events table beside each
recording. simulation.json holds what is unknown in a real study: options, notes, gains, response kernels and scalp
patterns.
`;
}

/** Rows of participants.tsv. */
export function participantRows(subjects: readonly string[]): TableRows {
  return subjects.map((subject) => ({ participant_id: `sub-${subject}`, kind: "simulated" }));
}

/** Content of participants.json. */
export const participantColumns = {
  participant_id: { Description: "Identifier of the subject" },
  kind: { Description: "What the subject is", Levels: { simulated: "A model, not a person" } },
};

/** Content of a recording's eeg.json. */
export function eegDescription({ rateHz, channels }: SimulatedRecording) {
  return {
    TaskName: "attend",
    TaskDescription: "Attend to one instrument of a mixture",
    Manufacturer: "none (simulated)",
    SamplingFrequency: rateHz,
    PowerLineFrequency: 50,
    EEGReference: "none (simulated potentials)",
    EEGPlacementScheme: "10-10",
    SoftwareFilters: "n/a",
    EEGChannelCount: electrodes.length,
    EOGChannelCount: 0,
    ECGChannelCount: 0,
    EMGChannelCount: 0,
    MiscChannelCount: 0,
    TriggerChannelCount: 0,
    RecordingDuration: channels[0]!.length / rateHz,
    RecordingType: "continuous",
  };
}

/** Rows of a recording's channels.tsv. */
export function channelRows(rateHz: number): TableRows {
  return electrodes.map(({ name }) => ({
    name,
    type: "EEG",
    units: "uV",
    sampling_frequency: String(rateHz),
    status: "good",
  }));
}

/** Rows of a recording's events.tsv. */
export function eventRows(trials: readonly TrialEntry[]): TableRows {
  return trials.map((entry) => ({
    onset: String(entry.onsetSeconds),
    duration: String(entry.durationSeconds),
    trial_type: "attend",
    stim_file: mixtureFile(entry.mixture),
    target: entry.target,
    mixture: entry.mixture,
    trial: entry.trial,
  }));
}

/** Content of task-attend_events.json. */
export const eventColumns = {
  onset: { Description: "Start of the mixture, from the first sample of the recording", Units: "s" },
  duration: { Description: "Length of the mixture", Units: "s" },
  trial_type: { Description: "What happens", Levels: { attend: "A mixture is heard, one of its sources attended" } },
  stim_file: { Description: "The mixture, relative to stimuli/" },
  target: { Description: "Name of the attended source, as in stimuli/stimuli.tsv" },
  mixture: { Description: "Name of the mixture, as in stimuli/stimuli.tsv" },
  trial: { Description: "Number of the trial in order of presentation" },
};

/** Rows of stimuli/stimuli.tsv, one a source. */
export function stimulusRows(mixtures: readonly Mixture[]): TableRows {
  return mixtures.flatMap(({ name, stems }) =>
    stems.map(({ source, gain }) => ({
      mixture: name,
      stim_file: mixtureFile(name),
      source,
      stem_file: stemFile(name, source),
      gain: gain.toPrecision(6),
    })),
  );
}

/** Content of stimuli/stimuli.json. */
export const stimulusColumns = {
  mixture: { Description: "Name of the mixture" },
  stim_file: { Description: "File of the mixture, relative to stimuli/" },
  source: { Description: "Name of one of its sources" },
  stem_file: { Description: "File of that source alone, as it sounds in the mixture, relative to stimuli/" },
  gain: { Description: "Factor that was applied to the source, played at a root mean square of 1" },
};

/** Content of simulation.json: what is unknown in a real study. Kernels and patterns have six significant digits. */
export function simulationTruth(
  synthetic: string,
  version: string,
  options: DescribedOptions,
  mixtures: readonly Mixture[],
  subjects: readonly SimulatedSubject[],
) {
  return {
    synthetic,
    version,
    options,
    features: {
      what: "envelope of each band, compressed by the power 0.6, variances of a source's bands adding up to 1",
      bandCentersHz: bandCentersHz(options.audioRateHz).map(sixDigits),
    },
    response: {
      what: "per band: feature convolved with kernel, times pattern, times responseScale, times 1 (attended) or unattendedGain",
      kernelSeconds,
      kernelRateHz: options.eegRateHz,
      channels: electrodes.map(({ name }) => name),
    },
    background: ["noise", "alpha", "blinks", "drift", "line"],
    mixtures: mixtures.map(({ name, music, stems }) => ({
      name,
      ...music,
      stems: stems.map(({ source, gain, notes }) => ({ source, gain, notes })),
    })),
    subjects: subjects.map(({ id, recording, trials }) => ({
      id,
      responseScaleMicrovolts: recording.responseScale,
      kernels: recording.listener.kernels.map((kernel) => Array.from(kernel, sixDigits)),
      patterns: recording.listener.patterns.map((pattern) => Array.from(pattern, sixDigits)),
      trials,
    })),
  };
}

function sixDigits(value: number): number {
  return Number(value.toPrecision(6));
}
