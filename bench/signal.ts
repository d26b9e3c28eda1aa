import type { Signal } from "../src/core/signal.ts";
import { butterworth } from "../src/signal/butterworth.ts";
import { filterSignal } from "../src/signal/filterSignal.ts";
import { rationalRatio, resample } from "../src/signal/resample.ts";
import { stft } from "../src/signal/stft.ts";
import type { BenchCase } from "./measure.ts";
import { noise } from "./noise.ts";

const stftSizes = { samples: 30 * 44_100, windowSize: 2048, hopSize: 512 };
const eegSizes = { channels: 64, rateHz: 512, seconds: 600, toHz: 64, lowHz: 1, highHz: 8, order: 2 };

/** The transform of half a minute of audio, and EEG brought to a decoder's rate and band, in both orders. */
export const signalCases: BenchCase[] = [
  {
    work: "stft",
    sizes: stftSizes,
    peers: true,
    setup: () => {
      const { samples, windowSize, hopSize } = stftSizes;
      const [signal] = noise("audio", 1, samples);
      return () => {
        stft(signal!, { windowSize, hopSize });
      };
    },
  },
  eegCase("band-pass and resample", true),
  // the order of the pipelines
  eegCase("resample and band-pass", false),
];

function eegCase(work: string, filterFirst: boolean): BenchCase {
  const { channels, rateHz, seconds, toHz, lowHz, highHz, order } = eegSizes;
  return {
    work,
    sizes: eegSizes,
    peers: true,
    setup: () => {
      const eeg = noise("eeg", channels, rateHz * seconds);
      const ratio = rationalRatio(rateHz, toHz);
      return () => {
        // designing the filter is part of the work, as it is for the peers
        const filterHz = filterFirst ? rateHz : toHz;
        const sections = butterworth({ type: "bandpass", order, lowHz, highHz, rateHz: filterHz });
        const filtered = (signal: Signal) => filterSignal(signal, { sections }, { phase: "zero" }).signal;
        const resampled = (signal: Signal) => ({
          rateHz: toHz,
          channels: signal.channels.map((c) => resample(c, ratio)),
        });
        const signal = { rateHz, channels: eeg };
        if (filterFirst) resampled(filtered(signal));
        else filtered(resampled(signal));
      };
    },
  };
}
