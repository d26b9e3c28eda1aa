/**
 * The factorization kernels of one precision, by name: byte addresses and counts in, see `assembly/`. A strip is 32 bytes
 * wide (two vectors): 8 numbers in single precision, 4 in double.
 */
export interface FactorKernels {
  /** Dot product of two arrays, accumulated in f64. */
  dot(a: number, b: number, count: number): number;
  /** Sum of an array, accumulated in f64. */
  sum(a: number, count: number): number;
  /** Every entry becomes `value`. */
  fill(target: number, value: number, count: number): void;
  /** target <- target + source. */
  addInto(target: number, source: number, count: number): void;
  /** out = factor x, results below 1e-30 become 0. */
  scaleRow(x: number, count: number, factor: number, out: number): void;
  /** target <- target o (numerator / (denominator + weight))^exponent; below 1e-30 and over denominators below it 0. */
  multiplicativeStep(
    target: number,
    numerator: number,
    denominator: number,
    weight: number,
    exponent: number,
    count: number,
  ): void;
  /** Source [rows, columns] to target [ceil(columns / width), rows, width], width 4 or that of a strip. */
  packStrips(source: number, rows: number, columns: number, width: number, target: number): void;
  /** Source [strips, sourceRows, strip] to target [rows, columns]. */
  unpackStrips(source: number, sourceRows: number, target: number, rows: number, columns: number): void;
  /** Source [rows, columns] to target [ceil(rows / 4), paddedColumns, 4]. */
  packInterleaved(source: number, rows: number, columns: number, paddedColumns: number, target: number): void;
  /** A'B for A [rows / 4, length, 4] and B [panels, length, strip] to out [panels, rows, strip], or added to it. */
  product(a: number, b: number, out: number, rows: number, length: number, panels: number, fresh: boolean): void;
  /** Numerator and denominator of one side, and the divergence's terms if asked for. See `assembly/factor.ts`. */
  factorTerms(
    x: number,
    ySteps: number,
    yRows: number,
    z: number,
    strips: number,
    numerator: number,
    denominator: number,
    components: number,
    length: number,
    panels: number,
    floor: number,
    beta: number,
    withDivergence: boolean,
  ): number;
  /** The divergence's terms alone. */
  factorDivergence(
    x: number,
    ySteps: number,
    z: number,
    strips: number,
    components: number,
    length: number,
    panels: number,
    floor: number,
    beta: number,
  ): number;
  /** The numerator at beta = 2. */
  dataProduct(x: number, yRows: number, numerator: number, components: number, length: number, panels: number): void;
  /** Both numerators at beta = 1 from one V. */
  jointTerms(
    x: number,
    ySteps: number,
    yRows: number,
    z: number,
    zRows: number,
    strips: number,
    numerator: number,
    other: number,
    components: number,
    length: number,
    panels: number,
    floor: number,
    withDivergence: boolean,
  ): number;
  /** numerator = x v^(beta-2), denominator = v^(beta-1) entrywise for v + floor; the divergence's terms if asked for. */
  betaTerms(
    x: number,
    v: number,
    numerator: number,
    denominator: number,
    count: number,
    beta: number,
    floor: number,
    withDivergence: boolean,
  ): number;
  /** The sum of x log(ratio), 0 log 0 = 0. */
  logTerms(x: number, ratio: number, count: number): number;
  /** V of a convolutive model from nothing, and its terms, see `assembly/columns.ts`. */
  columnsModel(
    x: number,
    v: number,
    top: number,
    bottom: number,
    w: number,
    h: number,
    gains: number,
    frames: number,
    stride: number,
    components: number,
    templateFrames: number,
    beta: number,
    floor: number,
  ): void;
  /** One pass of MM1 over the activations, see `assembly/columns.ts`. */
  columnsInOrder(
    x: number,
    v: number,
    top: number,
    bottom: number,
    w: number,
    h: number,
    gains: number,
    frames: number,
    stride: number,
    components: number,
    templateFrames: number,
    beta: number,
    exponent: number,
    floor: number,
  ): void;
  /** p = S h; returns its sum of squares. */
  guideProject(guide: number, rows: number, frames: number, h: number, projection: number): number;
  /** out = p'S, [frames]. */
  guidePull(guide: number, projection: number, rows: number, frames: number, out: number): void;
  /** Terms a and c of a row problem on the sphere, see `assembly/sphere.ts`; returns its free minimiser's squared norm. */
  sphereTerms(
    h: number,
    g: number,
    guide: number,
    projection: number,
    rows: number,
    frames: number,
    scale: number,
    base: number,
    sparsity: number,
    pull: number,
    shift: number,
    a: number,
    c: number,
  ): number;
  /** c -= extra h; returns the free minimiser's squared norm. */
  sphereShift(a: number, c: number, h: number, frames: number, extra: number): number;
  /** The row problem's minimiser under a multiplier nu > 0; returns its squared norm, stores a slope (f64). */
  sphereRoot(a: number, c: number, frames: number, nu: number, out: number, slope: number): number;
  /** out = h (g + pull p'S) / (base + sparsity + push p'S); returns its sum of squares. */
  contrastStep(
    h: number,
    g: number,
    guide: number,
    projection: number,
    rows: number,
    frames: number,
    base: number,
    sparsity: number,
    pull: number,
    push: number,
    out: number,
  ): number;
}
