import { type Mixture, makeMixture } from "../../datasets/simulated/mixtures.ts";
import type { InstrumentName } from "../../datasets/simulated/score.ts";
import { createRandom } from "../../src/core/random.ts";

/** Sampling rate of all sounds of the reproductions. */
export const rateHz = 16_000;

/** What every document says of its sounds. */
export const syntheticSentence =
  "The sounds are synthetic: composed and rendered by this project's generator (`datasets/simulated/mixtures.ts`), the same samples at every run.";

/**
 * A piece of synthetic music at 16 kHz with its sources, the same at every call.
 *
 * @param name names the piece; another name is another piece
 * @param instruments its sources
 * @param durationSeconds its length
 */
export function makeMusic(name: string, instruments: readonly InstrumentName[], durationSeconds: number): Mixture {
  return makeMixture(name, instruments, { durationSeconds, rateHz, random: createRandom(`reproduce/${name}`) });
}
