import { checkFinite } from "../../core/check.ts";
import { ToolkitError } from "../../core/error.ts";

/**
 * A series at mean 0 and variance 1 (over the count itself).
 *
 * @param who asks, for messages
 * @param name of the series, for messages
 * @param series [samples]
 * @throws ToolkitError `bad-value` if it is constant or something is not finite
 */
export function zScored(who: string, name: string, series: Float64Array): Float64Array {
  checkFinite(who, name, series);
  const mean = series.reduce((sum, value) => sum + value, 0) / series.length;
  const variance = series.reduce((sum, value) => sum + (value - mean) ** 2, 0) / series.length;
  if (series.every((value) => value === series[0])) throw new ToolkitError("bad-value", `${who}: ${name} is constant`);
  return series.map((value) => (value - mean) / Math.sqrt(variance));
}
