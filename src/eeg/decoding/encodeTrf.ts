import { ToolkitError } from "../../core/error.ts";
import { toJson } from "../../core/json.ts";
import { lagRange } from "./lagRange.ts";
import { resolveTrfOptions, type TrfOptions } from "./trfOptions.ts";
import type { TrfModel } from "./trfPath.ts";

const format = "neurosteer temporal response function";
const version = 1;

/** What the text is read as before its fields are checked. */
type Fields = Partial<
  Record<"format" | "version" | "options" | "warnings" | "trainingSamples" | ArrayField | CountField, unknown>
>;
type ArrayField = "weights" | "bias" | "columnMeans" | "penalties";
type CountField = "inputs";

/**
 * Writes a model as JSON text. Numbers are written with as many digits as they need: {@link decodeTrf} gives back the same model
 * but for the sign of zeros.
 *
 * @param model trained model
 */
export function encodeTrf(model: TrfModel): string {
  const { weights, bias, columnMeans, penalties, inputs, trainingSamples, warnings, options } = model;
  const fields = { inputs, weights, bias, columnMeans, penalties, trainingSamples, warnings, options };
  return toJson({ format, version, ...fields }, 0);
}

/**
 * Reads a model written by {@link encodeTrf}.
 *
 * @throws ToolkitError `bad-format` if the text is not such a model, `unsupported` for a later version of the format
 */
export function decodeTrf(text: string): TrfModel {
  const fields = parse(text);
  if (fields.format !== format) throw defect(`format is ${JSON.stringify(fields.format)}, not "${format}"`);
  if (fields.version !== version) {
    throw new ToolkitError(
      "unsupported",
      `decodeTrf: version ${String(fields.version)} of the format; ${version} is known`,
    );
  }
  const options = readOptions(fields.options);
  const { firstLag, lastLag } = lagRange(options, "decodeTrf");
  const lags = lastLag - firstLag + 1;
  const inputs = readCount(fields, "inputs");
  const columns = lags * inputs;
  const { weights, warnings } = fields;
  if (!Array.isArray(weights) || weights.length === 0) throw defect("weights are not a list of rows");
  if (!Array.isArray(warnings) || warnings.some((each) => typeof each !== "string")) {
    throw defect("warnings are not texts");
  }
  const rows = weights.map((row, f) => readNumbers(`weights of output ${f}`, row, columns));
  const lagSamples = Int32Array.from({ length: lags }, (_, i) => firstLag + i);
  return {
    direction: options.direction,
    weights: rows,
    bias: readNumbers("bias", fields.bias, weights.length),
    lagSeconds: Float64Array.from(lagSamples, (lag) => lag / options.rateHz),
    lagSamples,
    inputs,
    columnMeans: readNumbers("columnMeans", fields.columnMeans, columns),
    penalties: readNumbers("penalties", fields.penalties, Math.max(1, options.bands.length)),
    trainingSamples: readSamples(fields),
    warnings: warnings as string[],
    options,
  };
}

function parse(text: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ToolkitError("bad-format", "decodeTrf: the text is not JSON", { cause });
  }
  if (!isRecord(value)) throw defect("the text is not a JSON object");
  return value;
}

function readOptions(value: unknown): TrfModel["options"] {
  if (!isRecord(value)) throw defect("options are missing");
  try {
    return resolveTrfOptions("decodeTrf", value as unknown as TrfOptions);
  } catch (cause) {
    throw new ToolkitError(
      "bad-format",
      `decodeTrf: options are not those of a model: ${String((cause as Error).message)}`,
      {
        cause,
      },
    );
  }
}

function readCount(fields: Fields, name: CountField): number {
  const value = fields[name];
  if (Number.isInteger(value) && (value as number) > 0) return value as number;
  throw defect(`${name} is ${JSON.stringify(value)}; it must be a whole number above 0`);
}

/** Weighted trials may make a number of samples that is not whole. */
function readSamples({ trainingSamples: value }: Fields): number {
  if (Number.isFinite(value) && (value as number) > 0) return value as number;
  throw defect(`trainingSamples is ${JSON.stringify(value)}; it must be a number above 0`);
}

function readNumbers(name: string, value: unknown, length: number): Float64Array {
  if (!Array.isArray(value) || value.length !== length) {
    const found = Array.isArray(value) ? `has ${value.length} numbers` : "is not a list";
    throw defect(`${name} ${found}; ${length} are needed`);
  }
  const bad = value.findIndex((entry) => !Number.isFinite(entry));
  if (bad >= 0) throw defect(`${name} has ${JSON.stringify(value[bad])} at index ${bad}; a finite number is needed`);
  return Float64Array.from(value as number[]);
}

function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function defect(message: string): ToolkitError {
  return new ToolkitError("bad-format", `decodeTrf: ${message}`);
}
