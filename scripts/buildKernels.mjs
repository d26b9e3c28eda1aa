// Compiles src/numeric/assembly to WebAssembly and writes the bytes as a module, so that Node, bundlers and browsers
// load the kernels the same way, without a file system. The result is built, never committed.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import asc from "assemblyscript/asc";

/** The compiler adds `.ts` to every import; the sources already write it, as the rest of the project does. */
function readFile(name, baseFolder) {
  try {
    return readFileSync(join(baseFolder, name.replace(/\.ts\.ts$/, ".ts")), "utf8");
  } catch {
    return null;
  }
}

const folder = mkdtempSync(join(tmpdir(), "neurosteer-kernels-"));
try {
  const out = join(folder, "kernels.wasm");
  const { error, stderr } = await asc.main(
    [
      "src/numeric/assembly/index.ts",
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
      "--importMemory",
      "--initialMemory",
      "1",
      "--memoryBase",
      "1024",
    ],
    { readFile },
  );
  if (error) {
    console.error(stderr.toString());
    process.exit(1);
  }
  const bytes = readFileSync(out);
  const target = "src/numeric/kernelBytes.ts";
  const text = `/** The compiled kernels (built by scripts/buildKernels.mjs), base64. */\nexport const kernelBytes =\n  "${bytes.toString("base64")}";\n`;
  writeFileSync(target, text);
  console.log(`${target}: ${bytes.length} bytes of WebAssembly`);
} finally {
  rmSync(folder, { recursive: true });
}
