import type { ChannelType } from "../formats/recording.ts";
import type { SampleSource } from "../streams/blocks.ts";

/** One presentation of a mixture while its listener attends to one of its sources. Plain data. */
export interface StudyTrial {
  /** Identifier of the listener, without `sub-`. */
  readonly subject: string;
  /** Name of the trial, unique in its subject. */
  readonly trial: string;
  /** Name of the session, where there are several. */
  readonly session?: string;
  /** Which recording holds its EEG; trials of one recording have the same name. */
  readonly recording: string;
  /** From the recording's first sample. */
  readonly onsetSeconds: number;
  readonly durationSeconds: number;
  /** Name of the mixture, the same whatever is attended in it. */
  readonly mixture: string;
  /** Name of the song or other material that several mixtures are made of. */
  readonly song?: string;
  /** Name of the attended source, one of `sources`. */
  readonly target: string;
  /** Names of the mixture's sources, at least two, or one where the source is heard alone. */
  readonly sources: readonly string[];
  /** Files that the trial is read from: recording, mixture, sources. */
  readonly inputs: readonly string[];
}

/** One listener and what was heard. */
export interface StudySubject {
  /** Without `sub-`. */
  readonly id: string;
  /** Trials that can be decoded: mixtures of at least two sources. */
  readonly trials: readonly StudyTrial[];
  /** Presentations of sources alone: training material, never tested. */
  readonly solos?: readonly StudyTrial[];
}

/** Something that cannot be used, found while planning; the rest of the study stands. */
export interface StudyProblem {
  readonly subject: string;
  /** Missing where the whole subject is meant. */
  readonly trial?: string;
  /** Of the ToolkitError that says why. */
  readonly code: string;
  readonly message: string;
}

/** A channel of a recording as the study declares it. */
export interface StudyChannel {
  readonly name: string;
  readonly type: ChannelType;
  /** Marked as bad by whoever made the study. */
  readonly bad?: boolean;
}

/** The EEG of a recording, opened: `read` gives the channels in the order of `channels`. */
export interface EegSource extends SampleSource {
  readonly channels: readonly StudyChannel[];
}

/** The audio of a trial, mono, all of one rate and length. */
export interface TrialSound {
  readonly rateHz: number;
  /** Mean of the mixture's channels, [samples]. */
  readonly mixture: Float64Array;
  /** The mixture's channels where it has several, [channels][samples]. */
  readonly channels?: readonly Float64Array[];
  /** Every source of the mixture, in the order of `StudyTrial.sources`. */
  readonly stems: readonly { readonly name: string; readonly samples: Float64Array }[];
}

/** Where a corpus comes from and on what terms. */
export interface StudyOrigin {
  /** Licence, as an SPDX identifier where there is one. */
  readonly licence?: string;
  /** How to cite it, one entry a work. */
  readonly citations?: readonly string[];
  /** Where to get it. */
  readonly source?: string;
}

/**
 * A study of selective listening, whatever files it is made of. Opening one reads tables and headers only; samples are read when
 * asked for, so that a plan of a large corpus is cheap.
 */
export interface Study extends StudyOrigin {
  /** The folder it lies in. */
  readonly folder: string;
  readonly title: string;
  /** One sentence, where the data are simulated. */
  readonly synthetic?: string;
  /** By identifier. */
  readonly subjects: readonly StudySubject[];
  /** Trials and subjects that cannot be used, and why. */
  readonly problems: readonly StudyProblem[];
  /** Remarks for whoever reads results: excluded material, missing solos. */
  readonly notes: readonly string[];
  /**
   * Opens the EEG of a trial's recording: all channels of type EEG and EOG, of one rate.
   *
   * @throws ToolkitError naming the file
   */
  openEeg(trial: StudyTrial): Promise<EegSource>;
  /**
   * Reads mixture and sources of a trial.
   *
   * @throws ToolkitError for audio that is missing, silent, or differs in rate or length, from each other or the trial
   */
  readSound(trial: StudyTrial): Promise<TrialSound>;
}
