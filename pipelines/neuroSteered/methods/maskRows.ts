import { idealBinaryMask, softMasks } from "../../../src/index.ts";
import { masked } from "./factorization.ts";
import type { SeparationRow } from "./separationMethod.ts";

/** The mixture as it is. */
export const mixtureRow: SeparationRow = {
  info: {
    id: "unprocessed-mixture",
    label: "Unprocessed mixture",
    role: "baseline",
    description: "The mixture itself taken as the estimate: what everything else has to beat.",
  },
  family: "masks",
  options: [],
  estimate: ({ mixture }) => ({ estimate: mixture }),
};

/** Energies are compared, as `idealRatioMask` does. */
const ratioExponent = 2;

/** Masks made from the true sources. */
export const idealMaskRows: readonly SeparationRow[] = [
  {
    info: {
      id: "ideal-binary-mask",
      label: "Ideal binary mask",
      role: "oracle",
      description: "The mask made from the true sources: an upper bound for binary masking.",
    },
    family: "masks",
    options: [],
    estimate: (input) => ({
      estimate: masked(input, idealBinaryMask(input.attendedMagnitude, [input.restMagnitude])),
    }),
  },
  {
    info: {
      id: "ideal-ratio-mask",
      label: "Ideal ratio mask",
      role: "oracle",
      description: "The share of the attended source in the energy of each entry: a bound for soft masking.",
    },
    family: "masks",
    options: [],
    estimate: (input) => {
      const { attendedMagnitude, restMagnitude } = input;
      const [mask] = softMasks([attendedMagnitude, restMagnitude], { exponent: ratioExponent });
      return { estimate: masked(input, mask!) };
    },
  },
];
