import { checkNumber, checkWhole } from "../../core/check.ts";

/** Options of a report. */
export interface ReportOptions {
  /** Longest excerpt a player plays, in seconds. Default 6. */
  readonly excerptSeconds?: number;
  /** Characters that all players of one subject may take in the page; excerpts get shorter to keep to it. Default 1 500 000. */
  readonly audioBytesPerSubject?: number;
  /** Span of the spectrograms' colour scale below the loudest point, in dB. Default 70. */
  readonly spectrogramRangeDb?: number;
  /** Bootstrap resamples behind each interval of the table of scores. Default 2000. */
  readonly resamples?: number;
  /** Share the intervals of that table cover. Default 0.95. */
  readonly confidence?: number;
  /**
   * For the report of a whole study: files of the subjects' own reports, relative to the page. Trials in detail are then there and not
   * here. Default none.
   */
  readonly subjectPages?: Readonly<Record<string, string>>;
}

/** Options of a report where none are given. */
export const reportDefaults = {
  excerptSeconds: 6,
  audioBytesPerSubject: 1_500_000,
  spectrogramRangeDb: 70,
  resamples: 2000,
  confidence: 0.95,
  subjectPages: {},
} as const satisfies Required<ReportOptions>;

/**
 * Fills defaults in.
 *
 * @throws ToolkitError `bad-option`
 */
export function resolveReportOptions(options: ReportOptions): Required<ReportOptions> {
  const resolved = { ...reportDefaults, ...options };
  checkNumber("renderReport", "excerptSeconds", resolved.excerptSeconds, { above: 0 });
  checkNumber("renderReport", "audioBytesPerSubject", resolved.audioBytesPerSubject, { above: 0 });
  checkNumber("renderReport", "spectrogramRangeDb", resolved.spectrogramRangeDb, { above: 0 });
  checkWhole("renderReport", "resamples", resolved.resamples, 1);
  checkNumber("renderReport", "confidence", resolved.confidence, { above: 0, to: 0.9999 });
  return resolved;
}
