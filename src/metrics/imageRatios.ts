import type { PartEnergies } from "./partEnergies.ts";
import { partRatioDb } from "./ratio.ts";

/** The four ratios of images in dB, of versions 3 and 4 alike; see `bssEvalImageReferences`. */
export function imageRatios(energies: PartEnergies): { sdr: number; isr: number; sir: number; sar: number } {
  const { source, error, spatial, target, interference, all, artefacts } = energies;
  return {
    sdr: partRatioDb(source, error),
    isr: partRatioDb(source, spatial),
    sir: partRatioDb(target, interference),
    sar: partRatioDb(all, artefacts),
  };
}
