import { ToolkitError } from "../core/error.ts";
import { planWindow, type Run, segmentRuns, type WindowPiece, type WindowPlan } from "./planWindow.ts";
import { type ReadOptions, type Recording, type RecordingSignal, readDefaults, type Segment } from "./recording.ts";
import { selectSignals } from "./selectSignals.ts";

/** Gaps filled with more values than this, over all channels, are refused: a damaged time stamp asks for any number. */
const maximumFill = 2 ** 27;

/** Writes stored samples of some signals of one rate into `out`, from `piece.at` on. */
export type PieceReader<T> = (indices: readonly number[], piece: WindowPiece, out: readonly T[]) => Promise<void>;

/** What a format gives so that windows can be read. */
export interface SampleStore {
  readonly name: string;
  readonly signals: readonly RecordingSignal[];
  readonly segments: readonly Segment[];
  /** Physical values in the signals' own units. */
  readonly physical: PieceReader<Float64Array>;
  /** The stored integers; missing where there are none. */
  readonly digital?: PieceReader<Int32Array>;
}

/**
 * The reading of windows that all formats share: choice of signals, samples or seconds, gaps, units.
 *
 * @param store the samples of an opened file
 */
export function windowReaders(store: SampleStore): Pick<Recording, "read" | "readDigital" | "readSegments"> {
  const { name, signals, segments, physical, digital } = store;

  const runsOf = new Map<number, Run[]>();
  const choose = (who: string, options: ReadOptions) => {
    const chosen = selectSignals(name, who, signals, options.signals);
    const { rateHz } = chosen[0]!;
    const runs = runsOf.get(rateHz) ?? segmentRuns(segments, rateHz);
    runsOf.set(rateHz, runs);
    return { chosen, plan: planWindow(name, who, options, { segments, runs, rateHz }), rateHz };
  };
  const fill = async (who: string, chosen: readonly RecordingSignal[], plan: WindowPlan, volts: boolean) => {
    const recorded = plan.pieces.reduce((sum, { startSample, endSample }) => sum + endSample - startSample, 0);
    const missing = (plan.samples - recorded) * chosen.length;
    if (missing > maximumFill) {
      throw new ToolkitError(
        "bad-option",
        `${name}: ${who}: the gaps of the window are ${missing} values long, ${maximumFill} are filled at most; read a shorter window, or split it with readSegments`,
      );
    }
    const channels = allocate(name, who, chosen.length, plan.samples, (samples) => new Float64Array(samples));
    if (missing > 0) for (const channel of channels) channel.fill(Number.NaN);
    const indices = chosen.map(({ index }) => index);
    for (const piece of plan.pieces) await physical(indices, piece, channels);
    if (volts) {
      chosen.forEach(({ voltsPerUnit }, c) => {
        if (voltsPerUnit !== undefined && voltsPerUnit !== 1) toVolts(channels[c]!, voltsPerUnit);
      });
    }
    return channels;
  };

  return {
    read: async (options = {}) => {
      const { chosen, plan, rateHz } = choose("read", options);
      return { rateHz, channels: await fill("read", chosen, plan, options.volts ?? readDefaults.volts) };
    },
    readDigital: async (options = {}) => {
      const who = "readDigital";
      if (!digital) {
        throw new ToolkitError("unsupported", `${name}: ${who}: the file stores floats, no integers; use read`);
      }
      if (options.gapPolicy === "nan" || options.volts) {
        const what = options.volts ? "no unit" : "no NaN";
        throw new ToolkitError("bad-option", `${name}: ${who}: integers have ${what}; use read`);
      }
      const { chosen, plan, rateHz } = choose(who, options);
      const channels = allocate(name, who, chosen.length, plan.samples, (samples) => new Int32Array(samples));
      const indices = chosen.map(({ index }) => index);
      for (const piece of plan.pieces) await digital(indices, piece, channels);
      return { rateHz, channels };
    },
    readSegments: async (options = {}) => {
      const { chosen, plan, rateHz } = choose("readSegments", { ...options, gapPolicy: "join" });
      const result = [];
      for (const { segment, startSample, endSample } of plan.pieces) {
        const part = { samples: endSample - startSample, pieces: [{ segment, startSample, endSample, at: 0 }] };
        const { startSeconds, samples } = segments[segment]!;
        const first = samples.find((entry) => entry.rateHz === rateHz)!.startSample;
        result.push({
          segment,
          startSample,
          startSeconds: startSeconds + (startSample - first) / rateHz,
          rateHz,
          channels: await fill("readSegments", chosen, part, options.volts ?? readDefaults.volts),
        });
      }
      return result;
    },
  };
}

function toVolts(values: Float64Array, voltsPerUnit: number): void {
  // 1e-6 is no number of float64, 1e6 is: dividing rounds once
  const unitsPerVolt = Math.round(1 / voltsPerUnit);
  if (unitsPerVolt > 1) for (let i = 0; i < values.length; i++) values[i]! /= unitsPerVolt;
  else for (let i = 0; i < values.length; i++) values[i]! *= voltsPerUnit;
}

function allocate<T>(name: string, who: string, count: number, samples: number, make: (samples: number) => T): T[] {
  try {
    return Array.from({ length: count }, () => make(samples));
  } catch (cause) {
    throw new ToolkitError(
      "bad-option",
      `${name}: ${who}: ${count} signals of ${samples} samples do not fit in memory; read a shorter window or fewer signals`,
      { cause },
    );
  }
}
