import type { Recording, RecordingSignal } from "./recording.ts";

/** One signal of an EDF or BDF file. A physical value is (digital - digitalMinimum) * gain + physicalMinimum. */
export interface EdfSignal extends RecordingSignal {
  readonly transducer: string;
  readonly physicalMinimum: number;
  /** May be below `physicalMinimum`: the polarity is then reversed. */
  readonly physicalMaximum: number;
  readonly digitalMinimum: number;
  readonly digitalMaximum: number;
  readonly prefilter: string;
  readonly samplesPerRecord: number;
}

/** An opened EDF or BDF file. */
export interface EdfRecording extends Recording {
  readonly format: "EDF" | "EDF+C" | "EDF+D" | "BDF" | "BDF+C" | "BDF+D";
  /** Who was recorded, as the header says. */
  readonly patient: string;
  /** How it was recorded, as the header says. */
  readonly recording: string;
  readonly recordSeconds: number;
  readonly records: number;
  readonly signals: readonly EdfSignal[];
}
