import { checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";

/** How triggers are found in the Status signal. */
export interface StatusOptions {
  /** Which of the 16 trigger bits count; 0xFF leaves out what hangs on the upper inputs, such as a voice key. */
  readonly triggerMask?: number;
  /**
   * `rising`: an event is where the value grows, as `find_events` of MNE and the toolbox BioSig take it. `any`: wherever
   * it changes, back to 0 as well.
   */
  readonly edges?: "rising" | "any";
  /** Values held for fewer samples are passed over: lines of a port do not all switch at once. */
  readonly shortestEventSamples?: number;
  /** Whether a value that is there from the first sample on is an event. */
  readonly initialEvent?: boolean;
  /** Number of the first sample given. */
  readonly startSample?: number;
}

/** Defaults of `StatusOptions`. */
export const statusDefaults = {
  triggerMask: 0xffff,
  edges: "rising",
  shortestEventSamples: 1,
  initialEvent: false,
  startSample: 0,
} as const satisfies Required<StatusOptions>;

/** A trigger. */
export interface StatusEvent {
  readonly startSample: number;
  /** How long the value is held. */
  readonly samples: number;
  /** The trigger bits, after the mask. */
  readonly value: number;
  /** The value before. */
  readonly previous: number;
}

/** A run of samples. */
export interface SampleSpan {
  readonly startSample: number;
  readonly samples: number;
}

/** What the Status signal says. */
export interface DecodedStatus {
  readonly events: readonly StatusEvent[];
  /** Value of the trigger bits at the first sample, a trigger line that is always on for example. */
  readonly initialValue: number;
  /** Number of values passed over for being held too shortly. */
  readonly tooShort: number;
  /** Where an epoch begins: bit 16 goes up. */
  readonly epochStarts: readonly number[];
  /** Where the electrode CMS was out of range (bit 20 is down): nothing recorded then means anything. */
  readonly cmsOutOfRange: readonly SampleSpan[];
  /** Where the battery was low: bit 22 is up. */
  readonly batteryLow: readonly SampleSpan[];
  /**
   * Whether any of the bits 16 to 23 is ever up. They never are in files that no BioSemi amplifier wrote; then nothing is
   * known of the electrode CMS either, and `cmsOutOfRange` is empty.
   */
  readonly hasSystemBits: boolean;
}

const epochBit = 1 << 16;
const cmsBit = 1 << 20;
const batteryBit = 1 << 22;
const systemBits = 0xff0000;

/**
 * Decodes the Status signal of a BDF file: bits 0 to 15 are trigger inputs, 16 goes up when an epoch begins, 20 is up
 * while CMS is in range, 22 while the battery is low (17 to 19 and 21 are the speed mode, 23 marks an ActiveTwo Mk2).
 * Source: BioSemi, "24-bit status channel".
 *
 * @param samples the stored integers (`readDigital`), 24 bits, signed or not, [samples]
 * @param options see `statusDefaults`
 * @throws ToolkitError `bad-option` for a mask beyond 16 bits, `bad-value` for an integer of more than 24 bits
 */
export function decodeStatus(samples: Int32Array, options: StatusOptions = {}): DecodedStatus {
  const decoder = new StatusDecoder(options);
  decoder.push(samples);
  return decoder.finish();
}

/** `decodeStatus` for samples that come in pieces; the result does not depend on where they are cut. */
export class StatusDecoder {
  readonly #options: Required<StatusOptions>;
  readonly #events: StatusEvent[] = [];
  readonly #epochStarts: number[] = [];
  readonly #cms = new SpanFinder();
  readonly #battery = new SpanFinder();
  #at: number;
  #last = -1;
  #lastEpoch = false;
  #systemBits = 0;
  #tooShort = 0;
  /** The value being held now, and since when. */
  #run: { value: number; start: number } | undefined;
  /** The value held before it, those too short left out. */
  #held: { value: number; start: number; previous: number; isEvent: boolean } | undefined;
  #initialValue = 0;

  /** @throws ToolkitError `bad-option` */
  constructor(options: StatusOptions = {}) {
    this.#options = { ...statusDefaults, ...options };
    const { triggerMask, shortestEventSamples, startSample, edges } = this.#options;
    checkWhole("decodeStatus", "triggerMask", triggerMask, 1, 0xffff);
    checkWhole("decodeStatus", "shortestEventSamples", shortestEventSamples, 1);
    checkWhole("decodeStatus", "startSample", startSample, 0);
    if (edges !== "rising" && edges !== "any") {
      throw new ToolkitError("bad-option", `decodeStatus: edges is ${JSON.stringify(edges)}; it must be rising or any`);
    }
    this.#at = startSample;
  }

  /** Takes the next samples. */
  push(samples: Int32Array): void {
    for (let i = 0; i < samples.length; i++, this.#at++) {
      const sample = samples[i]!;
      // most samples are like the one before
      if (sample === this.#last && this.#run) continue;
      if (sample < -0x800000 || sample > 0xffffff) {
        throw new ToolkitError(
          "bad-value",
          `decodeStatus: sample ${this.#at} is ${sample}, which is more than 24 bits; give the stored integers of a BDF file`,
        );
      }
      this.#last = sample;
      this.#take(sample & 0xffffff);
    }
  }

  #take(status: number): void {
    const value = status & this.#options.triggerMask;
    this.#systemBits |= status & systemBits;
    const epoch = (status & epochBit) !== 0;
    if (epoch && !this.#lastEpoch) this.#epochStarts.push(this.#at);
    this.#lastEpoch = epoch;
    this.#cms.set((status & cmsBit) === 0, this.#at);
    this.#battery.set((status & batteryBit) !== 0, this.#at);
    if (this.#run?.value === value) return;
    this.#endRun(false);
    this.#run = { value, start: this.#at };
  }

  /** The run that ends here is an event, or only the same value going on, or too short to be any. */
  #endRun(cut: boolean): void {
    const run = this.#run;
    if (!run) return;
    if (!cut && this.#at - run.start < this.#options.shortestEventSamples) {
      this.#tooShort++;
      return;
    }
    const held = this.#held;
    if (held?.value === run.value) return;
    this.#endHeld(run.start);
    const previous = held?.value ?? 0;
    const counts = this.#options.edges === "any" || run.value > previous;
    const isEvent = held ? counts : this.#options.initialEvent && run.value !== 0;
    if (!held) this.#initialValue = run.value;
    this.#held = { ...run, previous, isEvent };
  }

  #endHeld(end: number): void {
    if (!this.#held?.isEvent) return;
    const { start, value, previous } = this.#held;
    this.#events.push({ startSample: start, samples: end - start, value, previous });
  }

  /** The result; a value that the end cuts off counts, however short. */
  finish(): DecodedStatus {
    this.#endRun(true);
    this.#endHeld(this.#at);
    this.#run = undefined;
    this.#held = undefined;
    const hasSystemBits = this.#systemBits !== 0;
    const cms = this.#cms.finish(this.#at);
    return {
      events: this.#events,
      initialValue: this.#initialValue,
      tooShort: this.#tooShort,
      epochStarts: this.#epochStarts,
      cmsOutOfRange: hasSystemBits ? cms : [],
      batteryLow: this.#battery.finish(this.#at),
      hasSystemBits,
    };
  }
}

/** Collects the runs of samples at which something holds. */
class SpanFinder {
  readonly #spans: SampleSpan[] = [];
  #start: number | undefined;

  set(holds: boolean, at: number): void {
    if (holds) this.#start ??= at;
    else this.finish(at);
  }

  finish(at: number): readonly SampleSpan[] {
    if (this.#start !== undefined) this.#spans.push({ startSample: this.#start, samples: at - this.#start });
    this.#start = undefined;
    return this.#spans;
  }
}
