import { median } from "../numeric/statistics.ts";
import type { ScoreRow } from "./results.ts";

/** A trial picked to be shown in detail, and why. */
export interface TypicalTrial {
  readonly trial: string;
  readonly reason: string;
}

/**
 * The trial whose SDR improvement is closest to the subject's median, so that the one shown is neither the best nor the
 * worst; ties go to the earlier row.
 *
 * @param rows scores of one subject by one method, at least one
 * @param label the method's name for people
 */
export function typicalTrial(rows: readonly ScoreRow[], label: string): TypicalTrial {
  const middle = median(rows.map(({ sdrImprovement }) => sdrImprovement));
  const distance = ({ sdrImprovement }: ScoreRow) => Math.abs(sdrImprovement - middle);
  const chosen = rows.reduce((best, row) => (distance(row) < distance(best) ? row : best));
  const reason = `of the ${rows.length} trials of this subject its SDR improvement by ${label} is closest to the median`;
  return { trial: chosen.trial, reason };
}
