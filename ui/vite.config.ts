/**
 * Builds, one per `--mode`: each output stands alone, and the page's
 * bundle carries the text of the worker's.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { defineConfig, type Plugin, type UserConfig } from "vite";

// The oldest webviews that Tauri supports and that have what the shim needs.
const TARGET = "es2022";

export default defineConfig(({ mode }) => {
  switch (mode) {
    case "worker":
      return { ...script("worker"), build: { ...script("worker").build, emptyOutDir: true } };
    case "page":
      return { ...script("page"), define: { __HOLDFAST_PRELUDE__: JSON.stringify(built("worker.js")) }, plugins: [smallStyle(), limit(15_000)] };
    case "window":
      return { ...script("window"), plugins: [limit(3_000)] };
    case "find":
      return { ...script("find"), plugins: [smallStyle()] };
    case "patch":
    case "outbox":
    case "saving":
    case "cause":
    case "restarted":
    case "countdown":
      return script(mode);
    case "phone":
      return { ...script(mode), plugins: [smallStyle()] };
    case "problem":
      return { ...script("problem"), plugins: [intoPage("problem")] };
    case "library":
      return { ...script("library"), plugins: [intoPage("library", 60_000)] };
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

/** Every document of the site carries the page's bundle, so its size has a limit: that many bytes, compressed. */
function limit(bytes: number): Plugin {
  return {
    name: "limit",
    generateBundle(_options, bundle) {
      for (const chunk of Object.values(bundle)) {
        const size = chunk.type === "chunk" ? gzipSync(chunk.code, { level: 9 }).length : 0;
        if (size > bytes) throw new Error(`${chunk.fileName} has ${size} bytes compressed, more than ${bytes}`);
        this.info(`${chunk.fileName}: ${size} bytes compressed`);
      }
    },
  };
}

/** A style sheet that is taken as text, without what is there for people. */
function smallStyle(): Plugin {
  return {
    name: "small-style",
    enforce: "pre",
    load(id) {
      if (!id.endsWith(".css?raw")) return null;
      const style = readFileSync(id.replace("?raw", ""), "utf8");
      const small = style.replace(/\/\*.*?\*\//gs, "").replace(/\s+/g, " ").replace(/ ?([{}:;,~!]) ?/g, "$1").replaceAll(";}", "}");
      return `export default ${JSON.stringify(small.trim())}`;
    },
  };
}

/**
 * Puts the built script into `src/<name>.html`, so that the page needs no other file, and its
 * hash into the page's policy. All of it has so many bytes at most, compressed.
 */
function intoPage(name: string, bytes = Infinity): Plugin {
  return {
    name: "into-page",
    generateBundle(_options, bundle) {
      const page = readFileSync(new URL(`src/${name}.html`, import.meta.url), "utf8");
      const script = bundle[`${name}.js`];
      if (script?.type !== "chunk") throw new Error(`no script for ${name}.html`);
      delete bundle[`${name}.js`];
      // A function, because a replacement text may not hold "$".
      const code = script.code.trim().replaceAll("</script", "<\\/script");
      const hash = createHash("sha256").update(`\n${code}\n`).digest("base64");
      const source = page.replace("/* script */", () => code).replace("__HOLDFAST_SCRIPT__", `sha256-${hash}`);
      const size = gzipSync(source, { level: 9 }).length;
      if (size > bytes) throw new Error(`${name}.html has ${size} bytes compressed, more than ${bytes}`);
      this.info(`${name}.html: ${size} bytes compressed`);
      this.emitFile({ type: "asset", fileName: `${name}.html`, source });
    },
  };
}
