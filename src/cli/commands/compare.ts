import { ToolkitError } from "../../core/error.ts";
import { plainText } from "../../core/plainText.ts";
import { compareMethods, type MethodComparisons } from "../../metrics/compareMethods.ts";
import { exitCodes } from "../exitCode.ts";
import { type CommandIo, outJson, outLine } from "../io.ts";
import { type CompareArguments, compareDefaults, compareOptionsOf, decodersOf } from "./compareArguments.ts";
import { checkKnown, compareDecoders, type DecoderComparison, loadDecisions } from "./compareDecisions.ts";
import { type LoadedScores, loadScores } from "./compareScores.ts";
import { comparisonLines, decoderLines } from "./compareTable.ts";

/** Number of the layout of `--json`; it changes when a field changes its meaning or goes. */
export const compareSchemaVersion = 1;

/**
 * `neurosteer compare RESULTS --baseline METHOD`: methods against a baseline on the same trials, and with `--decisions` two decoders.
 *
 * @throws ToolkitError `bad-value` for a study with missing trials, unless `partial`; `bad-option` for unknown names
 */
export async function compare(paths: readonly string[], given: CompareArguments, io: CommandIo): Promise<number> {
  const { baseline, decisions: wanted, metric = compareDefaults.metric } = given;
  if (baseline === undefined && wanted === undefined) {
    throw new ToolkitError(
      "usage",
      "compare: nothing to compare; name a method with --baseline, or two decoders with --decisions",
    );
  }
  const missing = new Set<string>();
  let methods: MethodComparisons | undefined;
  if (baseline !== undefined) {
    const loaded = await loadScores(paths);
    checkWhole(paths[0]!, loaded.missing, given, missing);
    methods = compareScores(loaded, { ...given, baseline }, metric);
  }
  let decisions: DecoderComparison | undefined;
  if (wanted !== undefined) {
    if (paths.length > 1) {
      throw new ToolkitError(
        "usage",
        `compare: --decisions with ${paths.length} results; name one results folder or decisions.tsv`,
      );
    }
    const [first, second] = decodersOf(wanted);
    const loaded = await loadDecisions(paths[0]!);
    checkWhole(paths[0]!, loaded.missing, given, missing);
    decisions = compareDecoders(loaded, { first, second, alternative: given.alternative ?? "two-sided" });
  }
  const partial = [...missing];
  const warnings = [
    ...partial.map((what) => `partial: ${what}`),
    ...(methods ? commonWarnings(methods) : []),
    ...(decisions?.warnings ?? []),
  ];
  if (given.json) {
    outJson(io, {
      schemaVersion: compareSchemaVersion,
      command: "compare",
      results: paths,
      ...(methods && { metric, baseline, ...methods }),
      ...(decisions && { decisions }),
      ...(partial.length > 0 && { partial }),
      warnings,
    });
  } else {
    if (methods) for (const line of comparisonLines(methods, metric)) outLine(io, line);
    if (decisions) for (const line of decoderLines(decisions)) outLine(io, line);
  }
  for (const warning of warnings) io.error(`${plainText(`warning: ${warning}`)}\n`);
  return exitCodes.done;
}

function checkWhole(
  path: string,
  missing: string | undefined,
  { partial }: CompareArguments,
  noted: Set<string>,
): void {
  if (missing === undefined) return;
  if (!partial) {
    throw new ToolkitError(
      "bad-value",
      `compare: ${path} is partial: ${missing}; finish it with neurosteer run --resume, or compare what there is with --partial`,
    );
  }
  noted.add(missing);
}

function compareScores(
  { rows }: LoadedScores,
  given: CompareArguments & { readonly baseline: string },
  metric: string,
): MethodComparisons {
  const known = [...new Set(rows.map(({ method }) => method))];
  checkKnown("method", given.baseline, known);
  for (const name of given.methods ?? []) checkKnown("method", name, known);
  checkKnown("metric", metric, [...new Set(rows.flatMap(({ values }) => Object.keys(values)))]);
  const wanted = given.methods && new Set([...given.methods, given.baseline]);
  const scores = rows
    .filter(({ method }) => wanted === undefined || wanted.has(method))
    .map(({ values, ...names }) => {
      const value = values[metric];
      if (value !== undefined) return { ...names, value };
      throw new ToolkitError(
        "bad-format",
        `compare: method ${names.method}, subject ${names.subject}, trial ${names.trial} has no number for ${metric}; give one, NaN or n/a`,
      );
    });
  if (new Set(scores.map(({ method }) => method)).size < 2) {
    throw new ToolkitError(
      "bad-option",
      `compare: ${given.baseline} is the only method; there is nothing to compare it with`,
    );
  }
  return compareMethods(scores, compareOptionsOf(given));
}

/** Warnings of the methods, each once with the methods it is about. */
function commonWarnings({ comparisons, options }: MethodComparisons): string[] {
  const about = new Map<string, string[]>();
  for (const { method, warnings } of comparisons) {
    for (const warning of warnings) {
      const text = warning.replace(`compareMethods: ${method} against ${options.baseline} `, "");
      about.set(text, [...(about.get(text) ?? []), method]);
    }
  }
  return [...about].map(([text, names]) => {
    const who =
      names.length === 1
        ? names[0]
        : names.length === comparisons.length
          ? "each method"
          : `each of ${names.join(", ")}`;
    return `${who} against ${options.baseline} ${text}`;
  });
}
