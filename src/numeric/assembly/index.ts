// Everything here works on byte addresses and counts in one memory; nothing is allocated.
// Callers (../kernels.ts and the rooms above) check shapes before they cross.
export { choleskyInPlace, panelProduct } from "./cholesky.ts";
export { fourierPass4 } from "./fourier.ts";
export { klLog, klNumerator, logSum } from "./kl.ts";
export { packInterleaved, packStrips, unpackStrips } from "./pack.ts";
export { product } from "./product.ts";
export {
  contrastStep,
  guideProject,
  scaleRow,
  sphereRoot,
  sphereShift,
  sphereTerms,
} from "./sphere.ts";
export { addInto, dot, multiplyInto, sum } from "./vector.ts";
