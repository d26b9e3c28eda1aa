import { log, pow } from "./elementary.ts";
import type { real } from "./real.ts";
import { gather, total } from "./simd.ts";

// What a multiplicative update for the beta-divergence needs of a piece of X and V, entry by entry, and the divergence itself:
// x log(x/v) - x + v for beta = 1, x/v - log(x/v) - 1 for 0, else (x^b + (b-1) v^b - b x v^(b-1)) / (b (b-1)).

/** Numbers in one vector. */
const lanes: usize = 16 / sizeof<real>();
/** Steps of the series of the divergence around x = v, used where |x/v - 1| is below `near`. */
const steps: i32 = sizeof<real>() === 4 ? 6 : 9;
const near: real = sizeof<real>() === 4 ? 0.0625 : 0.015625;
const series = memory.data(16 * 9, 16);
/** A vector each of x, v, numerator and denominator for what is left after the last whole vector. */
const rest = memory.data(64, 16);

/**
 * With v' = v + floor: numerator = x v'^(beta-2), denominator = v'^(beta-1).
 *
 * @param x entries >= 0, above 0 where the divergence is asked for at beta <= 0
 * @param v entries >= 0; v' and the powers asked for must be normal numbers
 * @param numerator may be `v`
 * @param denominator not written at beta = 1, where it is 1
 * @returns if asked for, the sum of the divergence's terms, at beta = 1 of x log(x / v') only (the rest are the sums of X and
 *   of V); else 0
 */
export function betaTerms(
  x: usize,
  v: usize,
  numerator: usize,
  denominator: usize,
  count: usize,
  beta: f64,
  floor: real,
  withDivergence: bool,
): f64 {
  if (beta === 1) {
    ratios(x, v, numerator, count, floor);
    return withDivergence ? logTerms(x, numerator, count) : 0;
  }
  const whole = count - (count % lanes);
  let sum = vectors(x, v, numerator, denominator, whole, beta, floor, withDivergence);
  const left = count - whole;
  if (left > 0) {
    const bytes = left * sizeof<real>();
    const at = whole * sizeof<real>();
    // where there is nothing x equals v', so that no term is added
    const ones = v128.splat<real>(1);
    v128.store(rest, v128.add<real>(ones, v128.splat<real>(floor)));
    v128.store(rest, ones, 16);
    memory.copy(rest, x + at, bytes);
    memory.copy(rest + 16, v + at, bytes);
    sum += vectors(rest, rest + 16, rest + 32, rest + 48, lanes, beta, floor, withDivergence);
    memory.copy(numerator + at, rest + 32, bytes);
    memory.copy(denominator + at, rest + 48, bytes);
  }
  return sum;
}

/** Sum of x log(ratio), 0 log 0 = 0, for ratios that are 0 or positive and normal. */
export function logTerms(x: usize, ratio: usize, count: usize): f64 {
  let sums = f64x2.splat(0);
  const left = count % lanes;
  const end = ratio + (count - left) * sizeof<real>();
  for (; ratio < end; ratio += 16, x += 16) {
    sums = gather(sums, v128.mul<real>(v128.load(x), log(v128.load(ratio))));
  }
  if (left > 0) {
    v128.store(rest, v128.splat<real>(0));
    v128.store(rest, v128.splat<real>(1), 16);
    memory.copy(rest, x, left * sizeof<real>());
    memory.copy(rest + 16, ratio, left * sizeof<real>());
    sums = gather(sums, v128.mul<real>(v128.load(rest), log(v128.load(rest, 16))));
  }
  return total(sums);
}

/** out = x / (v + floor); out may be v. */
function ratios(x: usize, v: usize, out: usize, count: usize, floor: real): void {
  const floors = v128.splat<real>(floor);
  let i: usize = 0;
  for (; i + 4 * lanes <= count; i += 4 * lanes, x += 64, v += 64, out += 64) {
    v128.store(out, v128.div<real>(v128.load(x), v128.add<real>(v128.load(v), floors)));
    v128.store(out, v128.div<real>(v128.load(x, 16), v128.add<real>(v128.load(v, 16), floors)), 16);
    v128.store(out, v128.div<real>(v128.load(x, 32), v128.add<real>(v128.load(v, 32), floors)), 32);
    v128.store(out, v128.div<real>(v128.load(x, 48), v128.add<real>(v128.load(v, 48), floors)), 48);
  }
  for (; i < count; i++, x += sizeof<real>(), v += sizeof<real>(), out += sizeof<real>()) {
    store<real>(out, load<real>(x) / (load<real>(v) + floor));
  }
}

/** As `betaTerms` for beta other than 1 and whole vectors; in passes, because a call in a loop costs more than the loop. */
function vectors(
  x: usize,
  v: usize,
  numerator: usize,
  denominator: usize,
  count: usize,
  beta: f64,
  floor: real,
  withDivergence: bool,
): f64 {
  const bytes = count * sizeof<real>();
  if (beta === 0 && !withDivergence) {
    inverses(x, v, numerator, denominator, bytes, floor);
    return 0;
  }
  const twice = 2 * beta;
  const known = twice === Math.trunc(twice) && twice >= -2 && twice <= 6;
  if (known) knownPowers(v, denominator, bytes, <i32>twice, floor);
  else otherPowers(v, denominator, bytes, <real>(beta - 1), floor);
  const sum = withDivergence ? divergence(x, v, denominator, bytes, <real>beta, floor) : 0;
  const floors = v128.splat<real>(floor);
  for (const end = v + bytes; v < end; v += 16, x += 16, numerator += 16, denominator += 16) {
    const power = v128.load(denominator);
    const top = v128.mul<real>(v128.load(x), power);
    if (beta === 0) v128.store(numerator, v128.mul<real>(top, power));
    else v128.store(numerator, v128.div<real>(top, v128.add<real>(v128.load(v), floors)));
  }
  return sum;
}

/** The powers at beta = 0 in one pass. */
function inverses(x: usize, v: usize, numerator: usize, denominator: usize, bytes: usize, floor: real): void {
  const floors = v128.splat<real>(floor);
  const ones = v128.splat<real>(1);
  for (const end = v + bytes; v < end; v += 16, x += 16, numerator += 16, denominator += 16) {
    const inverse = v128.div<real>(ones, v128.add<real>(v128.load(v), floors));
    v128.store(numerator, v128.mul<real>(v128.mul<real>(v128.load(x), inverse), inverse));
    v128.store(denominator, inverse);
  }
}

/** out = (v + floor)^(beta-1) for the betas of which that is made of products and roots. */
function knownPowers(v: usize, out: usize, bytes: usize, twiceBeta: i32, floor: real): void {
  const floors = v128.splat<real>(floor);
  const ones = v128.splat<real>(1);
  // half powers are powers of the root
  const isHalf = twiceBeta & 1;
  const order = isHalf ? twiceBeta - 2 : twiceBeta / 2 - 1;
  for (const end = v + bytes; v < end; v += 16, out += 16) {
    let base = v128.add<real>(v128.load(v), floors);
    if (isHalf) base = v128.sqrt<real>(base);
    if (order < 0) base = v128.div<real>(ones, base);
    let power = base;
    for (let n = abs(order); n > 1; n--) power = v128.mul<real>(power, base);
    v128.store(out, power);
  }
}

/** out = (v + floor)^exponent. */
function otherPowers(v: usize, out: usize, bytes: usize, exponent: real, floor: real): void {
  const floors = v128.splat<real>(floor);
  const exponents = v128.splat<real>(exponent);
  for (const end = v + bytes; v < end; v += 16, out += 16) {
    v128.store(out, pow(v128.add<real>(v128.load(v), floors), exponents));
  }
}

/**
 * The divergence of x from v + floor, given (v + floor)^(beta-1). Around x = v, where the terms of the definition cancel, it
 * is the series v^b t^2 / 2 (1 + (b-2)/3 t (1 + (b-3)/4 t (1 + ...))) in t = x/v - 1.
 */
function divergence(x: usize, v: usize, power: usize, bytes: usize, beta: real, floor: real): f64 {
  prepareSeries(beta);
  const floors = v128.splat<real>(floor);
  const one = v128.splat<real>(1);
  let sums = f64x2.splat(0);
  for (const end = x + bytes; x < end; x += 16, v += 16, power += 16) {
    const xs = v128.load(x);
    const vs = v128.add<real>(v128.load(v), floors);
    const powers = v128.load(power);
    const difference = v128.sub<real>(xs, vs);
    const half = v128.mul<real>(v128.splat<real>(0.5), difference);
    if (beta === 2) {
      sums = gather(sums, v128.mul<real>(half, difference));
      continue;
    }
    const t = v128.div<real>(difference, vs);
    let tail = one;
    for (let at = series; at < series + 16 * steps; at += 16) {
      tail = v128.add<real>(one, v128.mul<real>(v128.mul<real>(v128.load(at), t), tail));
    }
    const close = v128.mul<real>(v128.mul<real>(v128.mul<real>(half, t), powers), tail);
    let far: v128;
    if (beta === 0) {
      const ratio = v128.div<real>(xs, vs);
      far = v128.sub<real>(v128.sub<real>(ratio, log(ratio)), one);
    } else {
      const line = v128.sub<real>(
        v128.mul<real>(v128.splat<real>(beta - 1), vs),
        v128.mul<real>(v128.splat<real>(beta), xs),
      );
      far = v128.add<real>(pow(xs, v128.splat<real>(beta)), v128.mul<real>(powers, line));
      far = v128.mul<real>(far, v128.splat<real>(1 / (beta * (beta - 1))));
    }
    const isClose = v128.lt<real>(v128.abs<real>(t), v128.splat<real>(near));
    sums = gather(sums, v128.bitselect(close, far, isClose));
  }
  return total(sums);
}

/** The factors (b-2)/3, (b-3)/4, ... of the series, the last one first. */
function prepareSeries(beta: f64): void {
  for (let n: i32 = 0; n < steps; n++) {
    const order = <f64>(steps + 1 - n);
    v128.store(series + 16 * n, v128.splat<real>(<real>((beta - order) / (order + 1))));
  }
}
