// The public API, by name. One block a room; each room's names in alphabetical order of their files.

// core
export { type ErrorCode, ToolkitError } from "./core/error.ts";
export type { FloatArray, Matrix } from "./core/matrix.ts";
export { createRandom, type Random } from "./core/random.ts";
export { type Block, type Signal, sampleCount, toMono } from "./core/signal.ts";

// numeric

// signal

// formats

// eeg

// separation

// metrics

// streams

// study
