import { crossValidateTrf } from "../src/eeg/decoding/crossValidateTrf.ts";
import { trainTrf } from "../src/eeg/decoding/trainTrf.ts";
import type { TrfTrial } from "../src/eeg/decoding/trfCovariance.ts";
import type { BenchCase } from "./measure.ts";
import { noise } from "./noise.ts";

const sizes = { channels: 64, lags: 17, rateHz: 64, seconds: 2400 };
const trialCount = 20;
const lambdas = [0.1, 1, 10];

/** Lags 0 to 0.25 s. */
const options = {
  direction: "backward",
  rateHz: sizes.rateHz,
  minLagSeconds: 0,
  maxLagSeconds: (sizes.lags - 1) / sizes.rateHz,
} as const;

/** A backward model of 40 minutes, from samples to weights, and the models of all but each trial of the same, with scores. */
export const decodingCases: BenchCase[] = [
  {
    work: "backward model",
    sizes,
    peers: true,
    setup: () => {
      const trials = makeTrials(1);
      return () => {
        trainTrf(trials, options);
      };
    },
  },
  {
    work: "leave one trial out",
    sizes: { ...sizes, trials: trialCount, lambdas: lambdas.length },
    // no figure: the answer says why
    peers: true,
    setup: () => {
      const trials = makeTrials(trialCount);
      return () => {
        crossValidateTrf(trials, lambdas, options);
      };
    },
  },
];

function makeTrials(count: number): TrfTrial[] {
  const samples = (sizes.rateHz * sizes.seconds) / count;
  return Array.from({ length: count }, (_, t) => ({
    eeg: noise(`eeg ${t}`, sizes.channels, samples),
    stimulus: noise(`target ${t}`, 1, samples),
  }));
}
