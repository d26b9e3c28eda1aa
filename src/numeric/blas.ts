/**
 * C <- alpha op(A) op(B) + beta C for matrices row after row, op(A) [rows, depth], op(B) [depth, columns]; op turns a matrix
 * round where asked. Matrices are addresses as of `addressOf`, strides count numbers from row to row. Nothing is checked.
 */
export type MatrixProduct = (
  turnA: boolean,
  turnB: boolean,
  rows: number,
  columns: number,
  depth: number,
  alpha: number,
  a: number,
  strideA: number,
  b: number,
  strideB: number,
  beta: number,
  c: number,
  strideC: number,
) => void;

/** The products of a BLAS of this system, on one thread. */
export interface Blas {
  /** What it is, such as "OpenBLAS 0.3.21 (Cooperlake)". */
  readonly name: string;
  /** Whether it multiplies small matrices as they are, without packing them first, which decides how to cut large ones. */
  readonly smallProducts: boolean;
  /** In single precision. */
  readonly sgemm: MatrixProduct;
  /** In double precision. */
  readonly dgemm: MatrixProduct;
  /** Address of the first byte, valid as long as the buffer is: WebAssembly memory must not grow meanwhile. */
  addressOf(buffer: ArrayBuffer): number;
}

/** Why there is none. */
export interface NoBlas {
  readonly reason: string;
}

/** What is used of koffi, which may be missing. */
interface Koffi {
  load(path: string): Library;
  address(value: ArrayBufferView): bigint;
}

interface Library {
  func(prototype: string): (...values: (number | boolean)[]) => unknown;
}

// Loading takes milliseconds and lasts for the process; by the value of NEUROSTEER_BLAS.
const loaded = new Map<string | undefined, Blas | NoBlas>();

const candidates: Record<string, string[]> = {
  linux: [
    "libopenblas.so.0",
    "libopenblas.so",
    "libmkl_rt.so.2",
    "libmkl_rt.so",
    "libblis.so.4",
    "libblis.so",
    "libcblas.so.3",
    "libblas.so.3",
  ],
  darwin: [
    "/System/Library/Frameworks/Accelerate.framework/Accelerate",
    "/opt/homebrew/opt/openblas/lib/libopenblas.dylib",
    "/usr/local/opt/openblas/lib/libopenblas.dylib",
  ],
  win32: ["libopenblas.dll", "openblas.dll", "mkl_rt.2.dll"],
};

/**
 * Looks for a fast BLAS of the system: OpenBLAS, MKL, BLIS or Accelerate. It needs the optional package koffi, and is set to
 * one thread, for all its users in the process.
 *
 * The environment variable `NEUROSTEER_BLAS` names the library to take instead, any that has `cblas_sgemm` and
 * `cblas_dgemm`, or is `none`.
 *
 * @returns the same at every call; where there is none the reason, never an exception
 */
export function loadBlas(): Blas | NoBlas {
  const wanted = hostProcess()?.env.NEUROSTEER_BLAS || undefined;
  let found = loaded.get(wanted);
  if (!found) {
    found = find(wanted);
    loaded.set(wanted, found);
  }
  return found;
}

/** Undefined in a browser. */
function hostProcess(): NodeJS.Process | undefined {
  return globalThis.process;
}

function find(wanted: string | undefined): Blas | NoBlas {
  if (wanted === "none") return { reason: "NEUROSTEER_BLAS is none" };
  const host = hostProcess();
  // not an import, which would break bundles for browsers
  const modules = host?.getBuiltinModule?.("node:module");
  if (!host || !modules) return { reason: "no native libraries outside Node" };
  let koffi: Koffi;
  try {
    koffi = modules.createRequire(import.meta.url)("koffi") as Koffi;
  } catch (error) {
    return { reason: `the optional package koffi cannot be loaded: ${firstLine(error)}` };
  }
  if (wanted !== undefined) {
    const found = open(koffi, wanted, true);
    return "reason" in found ? { reason: `NEUROSTEER_BLAS is ${wanted}: ${found.reason}` } : found;
  }
  for (const path of candidates[host.platform] ?? []) {
    const found = open(koffi, path, false);
    if (!("reason" in found)) return found;
  }
  return { reason: "no OpenBLAS, MKL, BLIS or Accelerate was found on this system" };
}

/** Takes the library at a path if it is one that is known to be fast, or whatever it is where `anyKind`. */
function open(koffi: Koffi, path: string, anyKind: boolean): Blas | NoBlas {
  try {
    const library = withoutThreads(() => koffi.load(path));
    const name = setUp(library) ?? (path.includes("Accelerate") ? "Accelerate" : anyKind ? `BLAS ${path}` : undefined);
    if (name === undefined) return { reason: "not known to be faster than the kernels" };
    const blas: Blas = {
      name,
      smallProducts: /^OpenBLAS .*\((SkylakeX|Cooperlake|SapphireRapids)\)$/i.test(name),
      sgemm: product(library, "cblas_sgemm", "float"),
      dgemm: product(library, "cblas_dgemm", "double"),
      addressOf: (buffer) => Number(koffi.address(new Uint8Array(buffer))),
    };
    return multiplies(blas) ? blas : { reason: "its products are wrong" };
  } catch (error) {
    return { reason: firstLine(error) };
  }
}

/** Some libraries start their threads while they are loaded, and Accelerate may know no other way to have one. */
function withoutThreads<T>(load: () => T): T {
  const environment = hostProcess()!.env;
  if (hostProcess()!.platform === "darwin") environment.VECLIB_MAXIMUM_THREADS ??= "1";
  const before = environment.OPENBLAS_NUM_THREADS;
  environment.OPENBLAS_NUM_THREADS ??= "1";
  try {
    return load();
  } finally {
    if (before === undefined) delete environment.OPENBLAS_NUM_THREADS;
  }
}

/** Sets a library of a known kind to one thread. */
function setUp(library: Library): string | undefined {
  const ask = (prototype: string, ...values: number[]): unknown => {
    try {
      return library.func(prototype)(...values) ?? true;
    } catch {
      return undefined;
    }
  };
  const openBlas = ask("const char *openblas_get_config()");
  if (typeof openBlas === "string") {
    if (openBlas.includes("USE64BITINT")) throw new Error("it counts in 64 bits; the build with 32 is needed");
    ask("void openblas_set_num_threads(int)", 1);
    const version = /OpenBLAS [\d.]+/.exec(openBlas)?.[0] ?? "OpenBLAS";
    return `${version} (${ask("const char *openblas_get_corename()")})`;
  }
  if (ask("void MKL_Set_Num_Threads(int)", 1)) return "MKL";
  const blis = ask("const char *bli_info_get_version_str()");
  if (typeof blis === "string") {
    ask("void bli_thread_set_num_threads(int64_t)", 1);
    return `BLIS ${blis}`;
  }
  // macOS 15: 1 is a single thread
  if (ask("int BLASSetThreading(unsigned int)", 1) !== undefined) return "Accelerate";
  return undefined;
}

function product(library: Library, name: string, type: string): MatrixProduct {
  const matrix = "uintptr_t, int";
  const call = library.func(
    `void ${name}(int, int, int, int, int, int, ${type}, ${matrix}, ${matrix}, ${type}, ${matrix})`,
  );
  const rowMajor = 101;
  const straight = 111;
  const turned = 112;
  return (turnA, turnB, rows, columns, depth, alpha, a, strideA, b, strideB, beta, c, strideC) => {
    const opA = turnA ? turned : straight;
    const opB = turnB ? turned : straight;
    call(rowMajor, opA, opB, rows, columns, depth, alpha, a, strideA, b, strideB, beta, c, strideC);
  };
}

/** Tries both products on (1 2 3; 4 5 6)' times itself: a library with other conventions is found out. */
function multiplies({ sgemm, dgemm, addressOf }: Blas): boolean {
  const expected = [17, 22, 27, 22, 29, 36, 27, 36, 45];
  for (const [run, numbers] of [
    [sgemm, new Float32Array(15)],
    [dgemm, new Float64Array(15)],
  ] as const) {
    numbers.set([1, 2, 3, 4, 5, 6]);
    const a = addressOf(numbers.buffer);
    run(true, false, 3, 3, 2, 1, a, 3, a, 3, 0, a + 6 * numbers.BYTES_PER_ELEMENT, 3);
    if (!expected.every((value, i) => numbers[6 + i] === value)) return false;
  }
  return true;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0]!;
}
