// Everything here works on byte addresses and counts in one memory; nothing is allocated.
// Callers (../kernels.ts and the rooms above) check shapes before they cross.
export { dot } from "./vector.ts";
