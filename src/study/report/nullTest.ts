import type { WindowLength } from "../../eeg/decoding/decisionCurve.ts";
import type { PermutationMethod, PermutationTest } from "../../eeg/decoding/permutationNull.ts";
import type { FeatureSummary } from "../decodingSummary.ts";

/** The permutation test of one window length, or why there is none. */
export type NullTest = { readonly test: PermutationTest; readonly permutations: number } | { readonly reason: string };

/** Looks up a feature's null for one window length. */
export function nullTest(feature: FeatureSummary, method: PermutationMethod, window: WindowLength): NullTest {
  const own = feature.nulls.find((each) => each.method === method);
  if (own === undefined) return { reason: `no null by ${method} was made` };
  if ("reason" in own) return { reason: own.reason };
  const test = own.result.tests.find(({ windowSeconds }) => windowSeconds === window);
  if (test === undefined) return { reason: `no null by ${method} for windows of ${windowText(window)}` };
  return { test, permutations: own.result.options.permutations };
}

/** A window length in words: `5 s`, `whole trial`. */
export function windowText(window: WindowLength): string {
  return window === "trial" ? "whole trial" : `${window} s`;
}
