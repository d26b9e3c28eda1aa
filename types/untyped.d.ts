/** Types of the packages that ship none, as far as they are used here. */
declare module "fft.js" {
  /** Radix-4 transform of a power-of-two length; complex arrays are interleaved [re, im, ...]. */
  export default class FFT {
    constructor(size: number);
    readonly size: number;
    createComplexArray(): number[];
    transform(out: ArrayLike<number>, data: ArrayLike<number>): void;
    realTransform(out: ArrayLike<number>, data: ArrayLike<number>): void;
    inverseTransform(out: ArrayLike<number>, data: ArrayLike<number>): void;
    completeSpectrum(spectrum: ArrayLike<number>): void;
  }
}

declare module "wav-decoder" {
  export interface DecodedWav {
    sampleRate: number;
    channelData: Float32Array[];
  }
  const WavDecoder: {
    decode: {
      (buffer: ArrayBuffer | Uint8Array, options?: object): Promise<DecodedWav>;
      sync(buffer: ArrayBuffer | Uint8Array, options?: object): DecodedWav;
    };
  };
  export default WavDecoder;
}

declare module "edfdecoder" {
  export interface DecodedEdf {
    getNumberOfSignals(): number;
    getNumberOfRecords(): number;
    getSignalLabel(index: number): string;
    getSignalNumberOfSamplesPerRecord(index: number): number;
    getPhysicalSignalConcatRecords(index: number, recordStart?: number, howMany?: number): Float32Array;
    getRawSignal(index: number, record: number): Int16Array;
  }
  const edfdecoder: {
    EdfDecoder: new () => { setInput(buffer: ArrayBuffer): void; decode(): void; getOutput(): DecodedEdf | null };
  };
  export default edfdecoder;
}
