/**
 * Three builds, one per `--mode`: each output stands alone, and the page's
 * bundle carries the text of the worker's.
 */
import { readFileSync } from "node:fs";
import { defineConfig, type Plugin, type UserConfig } from "vite";

// The oldest webviews that Tauri supports and that have what the shim needs.
const TARGET = "es2022";

export default defineConfig(({ mode }) => {
  switch (mode) {
    case "worker":
      return { ...script("worker"), build: { ...script("worker").build, emptyOutDir: true } };
    case "page":
      return { ...script("page"), define: { __HOLDFAST_PRELUDE__: JSON.stringify(built("worker.js")) } };
    case "problem":
      return { ...script("problem"), plugins: [intoPage("problem")] };
    default:
      return {};
  }
});

function script(name: string): UserConfig {
  return {
    publicDir: false,
    build: {
      target: TARGET,
      outDir: "dist",
      emptyOutDir: false,
      reportCompressedSize: false,
      lib: { entry: `src/${name}.ts`, formats: ["iife"], name: "_", fileName: () => `${name}.js` },
    },
  };
}

function built(name: string): string {
  return readFileSync(new URL(`dist/${name}`, import.meta.url), "utf8").trim();
}

/** Puts the built script into `src/<name>.html`, so that the page needs no other file. */
function intoPage(name: string): Plugin {
  return {
    name: "into-page",
    generateBundle(_options, bundle) {
      const page = readFileSync(new URL(`src/${name}.html`, import.meta.url), "utf8");
      const script = bundle[`${name}.js`];
      if (script?.type !== "chunk") throw new Error(`no script for ${name}.html`);
      delete bundle[`${name}.js`];
      // A function, because a replacement text may not hold "$".
      const source = page.replace("/* script */", () => script.code.trim().replaceAll("</script", "<\\/script"));
      this.emitFile({ type: "asset", fileName: `${name}.html`, source });
    },
  };
}
