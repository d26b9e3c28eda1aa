// The factorization kernels: byte addresses and counts in one memory, nothing allocated. Compiled for both precisions (real.ts),
// each with and without relaxed SIMD. Callers (../kernels.ts and the rooms above) check shapes before they cross.
export { columnsInOrder, columnsModel } from "./columns.ts";
export { dataProduct, factorDivergence, factorTerms, jointTerms } from "./factor.ts";
export { packInterleaved, packStrips, unpackStrips } from "./pack.ts";
export { product } from "./product.ts";
export { contrastStep, guideProject, guidePull, sphereRoot, sphereShift, sphereTerms } from "./sphere.ts";
export { betaTerms, logTerms } from "./terms.ts";
export { addInto, dot, fill, multiplicativeStep, scaleRow, sum } from "./vector.ts";
