// Turns each *.js file beside this one, and the packages that it names, into one minified ES module in the folder given
// as argument; writes the licences of all that went in to THIRD-PARTY-NOTICES.txt there.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

const here = import.meta.dirname;
const [outdir] = process.argv.slice(2);

/** @param {import("esbuild").Metafile} metafile */
function packagesIn(metafile) {
  const used = Object.values(metafile.outputs).flatMap((output) => Object.keys(output.inputs));
  const folders = used.map((file) => file.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/)?.[0]);
  return [...new Set(folders.filter((folder) => folder !== undefined))].sort();
}

/** @param {string} folder */
async function notice(folder) {
  const { name, version, license } = JSON.parse(await readFile(join(here, folder, "package.json"), "utf8"));
  const file = (await readdir(join(here, folder))).find((entry) => /^licen[cs]e/i.test(entry));
  if (!file) throw new Error(`${name} ${version} has no licence text to pass on`);
  return `${name} ${version} (${license})\n\n${(await readFile(join(here, folder, file), "utf8")).trim()}\n`;
}

const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: (await readdir(here)).filter((file) => file.endsWith(".js")),
  outdir,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
});
const notices = await Promise.all(packagesIn(metafile).map(notice));
await writeFile(join(outdir, "THIRD-PARTY-NOTICES.txt"), notices.join(`\n${"-".repeat(80)}\n\n`));
