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

/** A note on a moment or a stretch of a recording. */
export interface Annotation {
  /** Seconds after the recording's first sample; may be negative. */
  readonly onsetSeconds: number;
  /** Length of the stretch, where the file gives one. */
  readonly durationSeconds?: number;
  readonly text: string;
}

/** Something odd in a file that can be read all the same. */
export interface FormatWarning {
  /** Stable name of the kind of oddity. */
  readonly code: string;
  /** One line: what was found, what was made of it. */
  readonly message: string;
}

/** One signal of a recording. A physical value is (digital - digitalMinimum) * gain + physicalMinimum. */
export interface RecordingSignal {
  /** Place in the file, from 0. */
  readonly index: number;
  readonly label: string;
  readonly transducer: string;
  /** Unit of the physical values as the file writes it, such as `uV`. */
  readonly unit: string;
  readonly physicalMinimum: number;
  /** May be below `physicalMinimum`: the polarity is then reversed. */
  readonly physicalMaximum: number;
  readonly digitalMinimum: number;
  readonly digitalMaximum: number;
  readonly prefilter: string;
  readonly samplesPerRecord: number;
  /** 0 where a record has no duration (annotations only). */
  readonly rateHz: number;
  /** Number of samples in the whole recording. */
  readonly samples: number;
  /** Whether the signal holds annotations instead of samples. */
  readonly isAnnotations: boolean;
}

/** Which part of a recording to read. Samples and seconds are counted from the first sample; give one or the other. */
export interface ReadOptions {
  /** Labels or numbers; all must share one rate. Default all signals that are not annotations. */
  readonly signals?: readonly (number | string)[];
  /** First sample; default 0. */
  readonly startSample?: number;
  /** Sample after the last; default the end. */
  readonly endSample?: number;
  /** Start, rounded to the nearest sample. */
  readonly startSeconds?: number;
  /** End (excluded), rounded to the nearest sample. */
  readonly endSeconds?: number;
}

/** Channels of stored integers that share one rate, [channels, samples]. */
export interface DigitalSignal {
  readonly rateHz: number;
  readonly channels: readonly Int32Array[];
}

/** An opened recording; samples are read when asked for. */
export interface Recording {
  /** Name of the source. */
  readonly name: string;
  readonly format: "EDF" | "EDF+C" | "BDF" | "BDF+C";
  /** Who was recorded, as the header says. */
  readonly patient: string;
  /** How it was recorded, as the header says. */
  readonly recording: string;
  /** When it started; missing if the header's date or time is none. */
  readonly startTime?: LocalTime;
  /** Seconds to add to `startTime` for the first sample: the part of a second EDF+ keeps apart. */
  readonly startOffsetSeconds: number;
  readonly recordSeconds: number;
  readonly records: number;
  readonly durationSeconds: number;
  readonly signals: readonly RecordingSignal[];
  /** What is odd about the file; reading annotations may add to it. */
  readonly warnings: readonly FormatWarning[];
  /**
   * Reads a window in physical units.
   *
   * @returns the signals in the order asked for, float64
   * @throws ToolkitError `not-found` for an unknown signal, `bad-option` for rates that differ or a window outside
   */
  read(options?: ReadOptions): Promise<Signal>;
  /** Reads a window as the integers stored in the file; otherwise like `read`. */
  readDigital(options?: ReadOptions): Promise<DigitalSignal>;
  /** Reads all annotations, by onset; those with the same onset in the file's order. */
  annotations(): Promise<Annotation[]>;
  /** Closes the source. */
  close(): Promise<void>;
}
