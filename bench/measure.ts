import type { PeerAnswer } from "./peers.ts";

/** What is timed, once. */
export type Run = () => void | Promise<void>;

/** One of several ways in which this project does the same work. */
export interface Contender {
  /** What is different about it, such as the accelerator and the precision. */
  name: string;
  run: Run;
  /** Iterations in one run, of which the time is the mean. Default 1. */
  iterations?: number;
  /** What else there is to say when it has run. */
  remark?(): string;
  /** Why its time is no figure, if so, when it has run. */
  failure?(): string | undefined;
}

/** One piece of work to time. */
export interface BenchCase {
  /** What is timed, the same word in `peers/peers.py` where a peer does it too. */
  work: string;
  /** Sizes, by name. */
  sizes: Record<string, number>;
  /** Floating-point operations of one run, where that means something. */
  flops?: number;
  /** Whether `peers/peers.py` knows this work. */
  peers: boolean;
  /** A file of input, made by `setup`; peers read it too. */
  file?: string;
  /** Name of the contender whose time the others' are compared with. */
  baseline?: string;
  /**
   * Makes the inputs and returns what is timed.
   *
   * @param askPeers asks the peers for this work, where they are there
   */
  setup(askPeers?: () => Promise<PeerAnswer[]>): Run | Contender[] | Promise<Run | Contender[]>;
  /** Removes what `setup` left outside the memory. */
  finish?(): Promise<void>;
}

/** One line of output. */
export interface Figure {
  work: string;
  sizes: Record<string, number>;
  /** Who did it; absent for this project. */
  peer?: string;
  /** In which way this project did it, where there are several. */
  contender?: string;
  /** Best of all runs. */
  milliseconds: number;
  /** Billions of floating-point operations a second. */
  gflops?: number;
  /** Peer's time over ours: above 1 this project is faster. */
  ratio?: number;
  /** Each peer's time over this contender's, where there are several contenders. */
  ratios?: Record<string, number>;
  /** This contender's time over that of another one. */
  over?: Record<string, number>;
  /** What else there is to say. */
  remark?: string;
  /** Why there is no figure. */
  skipped?: string;
}

/**
 * Best time of repeated runs.
 *
 * @param run the work
 * @param seconds how long to go on, at least
 * @param least how many runs, at least
 * @returns milliseconds
 */
export async function bestOf(run: Run, seconds: number, least = 1): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  const end = performance.now() + 1000 * seconds;
  for (let i = 0; i < least || performance.now() < end; i++) {
    const start = performance.now();
    const pending = run();
    if (pending !== undefined) await pending;
    best = Math.min(best, performance.now() - start);
  }
  return best;
}
