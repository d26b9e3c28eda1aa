import { type BackwardModelOptions, trainBackwardModel } from "../src/eeg/decoding/backwardModel.ts";
import type { DecodingTrial } from "../src/eeg/decoding/lagCovariance.ts";
import { leaveOneTrialOut } from "../src/eeg/decoding/leaveOneTrialOut.ts";
import type { BenchCase } from "./measure.ts";
import { noise } from "./noise.ts";

const sizes = { channels: 64, lags: 17, rateHz: 64, seconds: 2400 };
const trialCount = 20;

/** Lags 0 to 0.25 s; one lambda. */
const options: BackwardModelOptions = {
  rateHz: sizes.rateHz,
  minLagSeconds: 0,
  maxLagSeconds: (sizes.lags - 1) / sizes.rateHz,
};

/** A backward model of 40 minutes, from samples to weights, and the twenty models and predictions of the same 40 minutes. */
export const decodingCases: BenchCase[] = [
  {
    work: "backward model",
    sizes,
    peers: true,
    setup: () => {
      const trials = makeTrials(1);
      return () => {
        trainBackwardModel(trials, options);
      };
    },
  },
  {
    work: "leave one trial out",
    sizes: { ...sizes, trials: trialCount },
    // no figure: the answer says why
    peers: true,
    setup: () => {
      const trials = makeTrials(trialCount);
      return () => {
        leaveOneTrialOut(trials, options);
      };
    },
  },
];

function makeTrials(count: number): DecodingTrial[] {
  const samples = (sizes.rateHz * sizes.seconds) / count;
  return Array.from({ length: count }, (_, t) => ({
    eeg: noise(`eeg ${t}`, sizes.channels, samples),
    targets: noise(`target ${t}`, 1, samples),
  }));
}
