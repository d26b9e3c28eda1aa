// Kernels in double precision, compiled once: byte addresses and counts in one memory, nothing allocated. Callers
// (../kernels.ts and the rooms above) check shapes before they cross.
export { choleskyInPlace, panelProduct } from "./cholesky.ts";
export { fourierPass4 } from "./fourier.ts";
export { filterSections8, polyphaseInto } from "./sos.ts";
export { binsToLags, blockSpectra } from "./spectra.ts";
