import {
  createRandom,
  type Matrix,
  magnitude,
  resampleToRate,
  type StudyOptions,
  type TrialSound,
} from "../../../src/index.ts";
import { studyStft } from "../audio.ts";
import type { DecodedActivations } from "../decodeSubject.ts";
import { alignFeatures } from "../featureBand.ts";
import { matrixOf, rowsOf } from "../matrices.ts";
import type { Guide, GuideKind, SeparationInput } from "./separationInput.ts";

/** Shortest time by which the rows of S_a are turned round, either way. */
const shortestTurnSeconds = 1;

/** What the input of a trial's separation is made of. */
export interface TrialInputParts {
  readonly decoded: DecodedActivations;
  /** A trial of the same subject with another mixture, where there is one. */
  readonly other: Pick<DecodedActivations, "decoded"> | undefined;
  readonly sound: TrialSound;
}

/**
 * What the methods may use of a trial.
 *
 * @param options see `studyDefaults`
 */
export function trialInput({ decoded, other, sound }: TrialInputParts, options: StudyOptions): SeparationInput {
  const { times, attended, sourceActivations, sourceAligned, trial } = decoded;
  const once = memory();
  const transformOf = (samples: Float64Array) => studyStft(samples, sound.rateHz, options.spectrogram);
  const target = sound.stems[attended]!.samples;
  const input: SeparationInput = {
    mixture: sound.mixture,
    rateHz: sound.rateHz,
    seed: options.seed,
    sources: sound.stems.length,
    once,
    attended: target,
    get transform() {
      return once("transform", () => transformOf(sound.mixture));
    },
    get spectrogram() {
      return once("spectrogram", () => magnitude(input.transform));
    },
    get channels() {
      return once("channels", () => {
        const [first, ...others] = sound.channels ?? [];
        const isMono = others.every((channel) => channel.every((sample, i) => sample === first![i]));
        return isMono ? undefined : sound.channels!.map(transformOf);
      });
    },
    get attendedMagnitude() {
      return once("attended magnitude", () => magnitude(transformOf(target)));
    },
    get restMagnitude() {
      return once("rest magnitude", () =>
        magnitude(transformOf(sound.mixture.map((sample, i) => sample - target[i]!))),
      );
    },
    align: (activations) =>
      matrixOf(alignFeatures(rowsOf(activations), frameRateHz(input), times, options.preprocessing).rows),
    guide: (kind) => once(`guide ${kind}`, () => guides[kind]()),
  };
  const fromEeg = (rows: readonly Float64Array[]): Guide => ({
    inBand: matrixOf(rows),
    atFrames: toFrames(rows, times, input),
  });
  const fromSource = (source: number): Guide => ({
    inBand: matrixOf(sourceAligned[source]!),
    atFrames: sourceActivations[source]!,
  });
  const guides: Record<GuideKind, () => Guide | undefined> = {
    decoded: () => fromEeg(decoded.decoded),
    "other-trial": () => other && fromEeg(other.decoded.map((values) => repeated(values, times.samples))),
    shuffled: () => {
      const turn = turnSamples(times, `${options.seed} shuffled ${trial.subject} ${trial.trial}`);
      return turn === undefined ? undefined : fromEeg(decoded.decoded.map((values) => turned(values, turn)));
    },
    unattended: () => {
      const source = loudestOther(sound, attended);
      return source === undefined ? undefined : fromSource(source);
    },
    true: () => fromSource(attended),
  };
  return input;
}

function memory(): SeparationInput["once"] {
  const made = new Map<string, unknown>();
  return <T>(key: string, make: () => T): T => {
    if (!made.has(key)) made.set(key, make());
    return made.get(key) as T;
  };
}

function frameRateHz({ rateHz, transform }: SeparationInput): number {
  return rateHz / transform.options.hopSize;
}

/** Series at the EEG's times read at the times of the spectrogram's frames; beyond their ends the last value stands. */
function toFrames(
  rows: readonly Float64Array[],
  { rateHz, startSeconds }: DecodedActivations["times"],
  input: SeparationInput,
): Matrix<Float64Array> {
  const source = { rateHz, startSeconds };
  const target = { rateHz: frameRateHz(input), startSeconds: 0, samples: input.transform.frames };
  return matrixOf(rows.map((values) => resampleToRate(values, source, target)));
}

/** By how many samples rows are turned round: at random, at least a second either way; nothing where the trial is too short. */
function turnSamples({ rateHz, samples }: DecodedActivations["times"], seed: string): number | undefined {
  const least = Math.ceil(shortestTurnSeconds * rateHz);
  const choices = samples - 2 * least + 1;
  return choices < 1 ? undefined : least + createRandom(seed).below(choices);
}

function turned(values: Float64Array, by: number): Float64Array {
  return values.map((_, n) => values[(n - by + values.length) % values.length]!);
}

/** Another trial may be shorter or longer than this one. */
function repeated(values: Float64Array, samples: number): Float64Array {
  return Float64Array.from({ length: samples }, (_, n) => values[n % values.length]!);
}

/** Place of the source of most energy that is not attended; of equals the first. */
function loudestOther({ stems }: TrialSound, attended: number): number | undefined {
  let loudest: number | undefined;
  let most = -1;
  for (const [s, { samples }] of stems.entries()) {
    const energy = samples.reduce((sum, sample) => sum + sample * sample, 0);
    if (s !== attended && energy > most) [loudest, most] = [s, energy];
  }
  return loudest;
}
