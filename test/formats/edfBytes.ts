/** One signal of a file built by hand: header fields as text, and its stored integers. */
export interface RawSignal {
  label?: string;
  transducer?: string;
  unit?: string;
  physicalMinimum?: string;
  physicalMaximum?: string;
  digitalMinimum?: string;
  digitalMaximum?: string;
  prefilter?: string;
  samplesPerRecord?: string;
  /** The integer stored as sample `i` of the recording. */
  digital?: (i: number) => number;
  /** Bytes of each record of an annotations signal. */
  texts?: readonly string[];
}

/** The fields of the fixed header that a test wants to differ. */
export interface RawHeader {
  version?: string;
  patient?: string;
  recording?: string;
  date?: string;
  time?: string;
  headerBytes?: string;
  reserved?: string;
  records?: string;
  recordSeconds?: string;
  signals?: string;
}

/** Builds an EDF (2-byte) or BDF (3-byte) file field by field, independently of the writer under test. */
export function edfBytes(
  signals: readonly RawSignal[],
  records: number,
  header: RawHeader = {},
  sampleBytes: 2 | 3 = 2,
): Uint8Array {
  const limit = 2 ** (8 * sampleBytes - 1);
  const field = (text: string, width: number) => text.padEnd(width).slice(0, width);
  const column = (width: number, key: keyof RawSignal, otherwise: string) =>
    signals.map((signal) => field((signal[key] as string | undefined) ?? otherwise, width)).join("");
  const text = [
    field(header.version ?? (sampleBytes === 2 ? "0" : "\u00ffBIOSEMI"), 8),
    field(header.patient ?? "patient", 80),
    field(header.recording ?? "recording", 80),
    field(header.date ?? "31.12.99", 8),
    field(header.time ?? "23.59.58", 8),
    field(header.headerBytes ?? String(256 * (signals.length + 1)), 8),
    field(header.reserved ?? "", 44),
    field(header.records ?? String(records), 8),
    field(header.recordSeconds ?? "1", 8),
    field(header.signals ?? String(signals.length), 4),
    column(16, "label", "EEG"),
    column(80, "transducer", "AgAgCl"),
    column(8, "unit", "uV"),
    column(8, "physicalMinimum", "-100"),
    column(8, "physicalMaximum", "100"),
    column(8, "digitalMinimum", String(-limit)),
    column(8, "digitalMaximum", String(limit - 1)),
    column(80, "prefilter", "HP:0.1Hz"),
    column(8, "samplesPerRecord", "4"),
    column(32, "transducer", "").replace(/./g, " "),
  ].join("");
  const bytes: number[] = Array.from(text, (letter) => letter.charCodeAt(0));
  for (let record = 0; record < records; record++) {
    for (const { samplesPerRecord = "4", digital, texts } of signals) {
      const count = Number(samplesPerRecord);
      if (texts) {
        const written = [...new TextEncoder().encode(texts[record] ?? "")];
        for (let i = 0; i < count * sampleBytes; i++) bytes.push(written[i] ?? 0);
        continue;
      }
      for (let i = 0; i < count; i++) {
        const value = digital ? digital(record * count + i) : 0;
        for (let b = 0; b < sampleBytes; b++) bytes.push((value >> (8 * b)) & 0xff);
      }
    }
  }
  return Uint8Array.from(bytes);
}
