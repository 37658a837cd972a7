// Turns each *.js file beside this one, and the packages that it names, into one minified ES module in the folder given
// as argument, and the page's own modules, in the folder `page`, into `page.js` and `lab.js`; writes the licences of all packages that
// went in to THIRD-PARTY-NOTICES.txt there, and what these two were made of to page.json.
import { createHash } from "node:crypto";
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

/** @param {string} file */
async function digest(file) {
  return createHash("sha256")
    .update(await readFile(join(here, file)))
    .digest("hex");
}

const packages = (await readdir(here)).filter((file) => file.endsWith(".js"));
const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: [
    ...packages.map((file) => ({ in: file, out: file.slice(0, -3) })),
    { in: "page/main.js", out: "page" },
    { in: "page/lab/index.js", out: "lab" },
  ],
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
const modules = Object.keys(metafile.inputs).filter((file) => file.startsWith("page/"));
const made = await Promise.all(modules.map(async (file) => [file.slice("page/".length), await digest(file)]));
await writeFile(join(outdir, "page.json"), JSON.stringify(Object.fromEntries(made), null, 1));
