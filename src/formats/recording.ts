import type { Signal } from "../core/signal.ts";

/** A date and time as the clock on the wall showed it; files do not say in which time zone. */
export interface LocalTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

/** A note on a moment or a stretch of a recording. None is ever dropped for the place it has. */
export interface Annotation {
  /** Seconds after the recording's first sample; may be negative. */
  readonly onsetSeconds: number;
  /** Length of the stretch, where the file gives one. */
  readonly durationSeconds?: number;
  readonly text: string;
  /** Kind of note, in formats that have kinds: BrainVision's marker type, such as `Stimulus`. */
  readonly type?: string;
  /** Number of the only signal it is about; missing if it is about all. */
  readonly signal?: number;
  /** Set where no sample was taken at the onset: before the first, after the last, in a gap. */
  readonly outOfRange?: true;
}

/** Something odd in a file that can be read all the same. */
export interface FormatWarning {
  /** Stable name of the kind of oddity. */
  readonly code: string;
  /** One line: what was found, what was made of it. */
  readonly message: string;
}

/** What a signal measures; `misc` is known to be none of the others, `unknown` is not known. */
export type ChannelType =
  | "eeg"
  | "eog"
  | "ecg"
  | "emg"
  | "reference"
  | "trigger"
  | "respiration"
  | "temperature"
  | "audio"
  | "misc"
  | "annotations"
  | "unknown";

/**
 * What tells a signal's type: a field of the header, the words its label begins with (`EEG Fp1`), its unit (no voltage),
 * a BIDS table beside the file, or nothing.
 */
export type ChannelTypeSource = "header" | "label" | "unit" | "bids" | "none";

/** One signal of a recording. */
export interface RecordingSignal {
  /** Place in the file, from 0. */
  readonly index: number;
  readonly label: string;
  /** Unit of the physical values as the file writes it, such as `uV`. */
  readonly unit: string;
  /** Factor from the unit to volts; missing if the unit is no voltage, or none that is known. */
  readonly voltsPerUnit?: number;
  readonly type: ChannelType;
  readonly typeSource: ChannelTypeSource;
  /** 0 where a record has no duration (annotations only). */
  readonly rateHz: number;
  /** Number of samples in the whole recording. */
  readonly samples: number;
  /** Whether the signal holds annotations instead of samples. */
  readonly isAnnotations: boolean;
}

/** The stored samples of one rate that a segment consists of. */
export interface SegmentSamples {
  readonly rateHz: number;
  /** Number of the first one, counted over the stored samples of the whole recording. */
  readonly startSample: number;
  readonly samples: number;
}

/** A stretch recorded without interruption; a continuous recording is one. */
export interface Segment {
  /** Seconds after the recording's first sample, gaps included. */
  readonly startSeconds: number;
  readonly durationSeconds: number;
  /**
   * Length of the gap before it, negative where it overlaps what came before. Missing for the first segment, and where
   * the file does not say: `startSeconds` then takes the gap for none.
   */
  readonly gapSeconds?: number;
  /** One entry for each rate of the recording. */
  readonly samples: readonly SegmentSamples[];
}

/**
 * What to do where a window is interrupted: `error` refuses it; `nan` fills the gap with NaN, so that samples keep their
 * distance in time; `join` puts the stored samples side by side.
 */
export type GapPolicy = "error" | "nan" | "join";

/** Which part of a recording to read. Samples and seconds are counted from the first sample; give one or the other. */
export interface ReadOptions {
  /** Labels or numbers; all must share one rate. Default all signals that are not annotations. */
  readonly signals?: readonly (number | string)[];
  /** First sample, counted over the stored ones; default 0. */
  readonly startSample?: number;
  /** Sample after the last; default the end. */
  readonly endSample?: number;
  /** Start, rounded to the nearest sample; gaps count as the time they last. */
  readonly startSeconds?: number;
  /** End (excluded), rounded to the nearest sample. */
  readonly endSeconds?: number;
  /** Default `error`. */
  readonly gapPolicy?: GapPolicy;
  /** Gives signals whose unit is a voltage in volts; all others stay in their own unit. Default false. */
  readonly volts?: boolean;
}

/** Defaults of `ReadOptions`. */
export const readDefaults = { gapPolicy: "error", volts: false } as const satisfies ReadOptions;

/** Channels of stored integers that share one rate, [channels, samples]. */
export interface DigitalSignal {
  readonly rateHz: number;
  readonly channels: readonly Int32Array[];
}

/** The part of a window that lies in one segment. */
export interface SegmentPiece extends Signal {
  /** Number of the segment. */
  readonly segment: number;
  /** Number of the first sample, counted over the stored ones. */
  readonly startSample: number;
  /** Its time after the recording's first sample. */
  readonly startSeconds: number;
}

/** An opened recording of any format; samples are read when asked for. */
export interface Recording {
  /** Name of the source. */
  readonly name: string;
  readonly format: "EDF" | "EDF+C" | "EDF+D" | "BDF" | "BDF+C" | "BDF+D" | "BrainVision" | "EEGLAB";
  /** When it started; missing if the file's date or time is none. */
  readonly startTime?: LocalTime;
  /** Seconds to add to `startTime` for the first sample: the part of a second that files keep apart. */
  readonly startOffsetSeconds: number;
  /** From the first sample to the end of the last segment, gaps included. */
  readonly durationSeconds: number;
  /** What was recorded in that time: the segments together. */
  readonly recordedSeconds: number;
  readonly signals: readonly RecordingSignal[];
  /** At least one, in the file's order. */
  readonly segments: readonly Segment[];
  /** What is odd about the file; reading annotations may add to it. */
  readonly warnings: readonly FormatWarning[];
  /**
   * Reads a window in physical units.
   *
   * @returns the signals in the order asked for, float64
   * @throws ToolkitError `not-found` for an unknown signal, `bad-option` for rates that differ, for a window outside and
   * for one that a gap interrupts
   */
  read(options?: ReadOptions): Promise<Signal>;
  /**
   * Reads a window as the integers stored in the file; otherwise like `read`. Integers have no NaN and no unit: of the
   * gap policies there are `error` and `join`.
   *
   * @throws ToolkitError `unsupported` if the file stores no integers
   */
  readDigital(options?: ReadOptions): Promise<DigitalSignal>;
  /** Reads a window split at gaps: its part of each segment, in the file's order; none where nothing was recorded. */
  readSegments(options?: ReadOptions): Promise<SegmentPiece[]>;
  /** Reads all annotations, by onset; those with the same onset in the file's order. */
  annotations(): Promise<Annotation[]>;
  /** Closes the source. */
  close(): Promise<void>;
}
