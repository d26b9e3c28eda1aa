// Compiles src/numeric/assembly to WebAssembly and writes the bytes as a module, so that Node, bundlers and browsers
// load the kernels the same way, without a file system. The result is built, never committed.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import asc from "assemblyscript/asc";

/** What is compiled from which file: the factorization kernels in both precisions, each with and without relaxed SIMD. */
const builds = [
  { name: "general", entry: "index.ts" },
  { name: "float32", entry: "factorIndex.ts", real: "f32" },
  { name: "float64", entry: "factorIndex.ts", real: "f64" },
  { name: "float32Relaxed", entry: "factorIndex.ts", real: "f32", relaxed: true },
  { name: "float64Relaxed", entry: "factorIndex.ts", real: "f64", relaxed: true },
];

/**
 * The sources are TypeScript like the rest of the project: imports state their extension, which the compiler adds itself, and
 * types are imported as types, which it does not know. `real` is the precision of the build.
 */
function sourceReader(real) {
  return (name, baseFolder) => {
    try {
      const text = readFileSync(join(baseFolder, name), "utf8")
        .replace(/^import type \{/gm, "import {")
        .replace(/(from "\.[^"]*)\.ts"/g, '$1"');
      return name.endsWith("/real.ts") ? text.replace("= f32", `= ${real}`) : text;
    } catch {
      return null;
    }
  };
}

async function compile({ name, entry, real, relaxed }, folder) {
  const out = join(folder, `${name}.wasm`);
  const { error, stderr } = await asc.main(
    [
      `src/numeric/assembly/${entry}`,
      "--outFile",
      out,
      "--optimizeLevel",
      "3",
      "--shrinkLevel",
      "0",
      "--converge",
      "--noAssert",
      "--runtime",
      "stub",
      "--enable",
      "simd",
      ...(relaxed ? ["--enable", "relaxed-simd"] : []),
      "--importMemory",
      "--initialMemory",
      "1",
      "--memoryBase",
      "1024",
    ],
    { readFile: sourceReader(real) },
  );
  if (error) {
    console.error(stderr.toString());
    process.exit(1);
  }
  return readFileSync(out);
}

const folder = mkdtempSync(join(tmpdir(), "neurosteer-kernels-"));
try {
  const compiled = [];
  for (const build of builds) compiled.push([build.name, await compile(build, folder)]);
  const target = "src/numeric/kernelBytes.ts";
  const entries = compiled.map(([name, bytes]) => `  ${name}:\n    "${bytes.toString("base64")}",\n`).join("");
  writeFileSync(
    target,
    `/** The compiled kernels (built by scripts/buildKernels.mjs), base64. */\nexport const kernelBytes = {\n${entries}} as const;\n`,
  );
  console.log(
    `${target}: ${compiled.map(([name, bytes]) => `${name} ${bytes.length} bytes`).join(", ")} of WebAssembly`,
  );
} finally {
  rmSync(folder, { recursive: true });
}
