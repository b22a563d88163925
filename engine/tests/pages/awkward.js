#!/usr/bin/env node
import "./side-effect.js";
import a, { b as c, "import" as d } from './names.js';
import * as everything from "/absolute.js";
import from_ from"./minified.js";import{e}from"./braces.js";
import from from "./from.js"; import { from as f } from "./from-2.js";
export * from "../up.js"; export * as g from "./as.js";
export { h, i as default } from "./re-exported.js";
export { j }
import "./after-export.js"
export default class { import(x) { return x } static "from" = "./not-1.js" }
import data from "./data.json" with { type: "json" };
import sheet from "./sheet.css" with { type: "css" };
import bare from "bare"; import "https://example.org/elsewhere.js"; import "data:text/javascript,0";
const lazy = () => import("./lazy.js"), again = import(/* webpackChunkName: "x" */ `./template.js`);
const attributed = await import("./more.json", { with: { type: "json" } });
const notLiteral = import("./" + name), notThis = x.import("./not-2.js"), object = { import: "./not-3.js" };
const strings = ['import "./not-4.js"', "import('./not-5.js')", `import("./not-6.js") ${import("./in-hole.js")} import "./not-7.js"`];
const patterns = [/import "\.\/not-8\.js"/, /[/"]import(".\/not-9.js")/g], half = 1 / 2 / 3, quarter = (half) / 2;
/* import "./not-10.js" */ // import "./not-11.js"
if (half) /'/.test("") && import("./after-regex.js");
const image = new URL("./image.png", import.meta.url).href, plain = new URL("./not-12.png", location.href);
const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
const file = new URL("./unknown", import.meta.url);
importScripts("./one.js", "two.js");
const here = import.meta.url, escaped = import("\x2e/esc\u{61}ped.js");
export const nested = `${`${`}`}` + import("./deep.js")}`;
x = a / b; y = "/"; import("./after-division.js");
