// Prints digest/rendering/mjml.toml from the npm package mjml that is installed here:
//     node tests/peers/mjml_table.mjs > digest/rendering/mjml.toml
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
require("mjml");
const { components } = require("mjml-core");
const dependencies = require("mjml-preset-core/lib/dependencies");
const colors = require("mjml-core/lib/types/helpers/colors");
const { version } = require("mjml/package.json");

// mjml itself does not check these: its root, and elements without a component
const unchecked = {
  mjml: { attributes: { lang: "string", dir: "enum(ltr,rtl,auto)", owa: "enum(desktop)" } },
  "mj-all": { attributes: {} },
  "mj-class": { attributes: { name: "string" } },
  "mj-selector": { attributes: { path: "string" } },
  "mj-html-attribute": { attributes: { name: "string" }, html: true },
};

const quoted = (text) => JSON.stringify(text);
const wrapped = (words) => {
  const lines = [""];
  for (const word of words) {
    if (lines.at(-1).length + word.length > 76) lines.push("");
    lines[lines.length - 1] += `${lines.at(-1) ? " " : ""}${word}`;
  }
  return lines.length > 1 ? `"""\n${lines.join("\n")}"""` : quoted(lines[0]);
};

function element(name, { attributes, html }) {
  const children = (dependencies[name] ?? []).filter((child) => typeof child === "string");
  const byType = {};
  for (const [key, type] of Object.entries(attributes)) (byType[type] ??= []).push(key);
  const lines = [`[elements.${name}]`];
  if (html) lines.push("html = true");
  if (children.length) lines.push(`children = ${wrapped(children.sort())}`);
  for (const [type, names] of Object.entries(byType).sort()) lines.push(`attributes.${quoted(type)} = ${wrapped(names.sort())}`);
  return lines.join("\n");
}

const known = { ...unchecked };
for (const [name, component] of Object.entries(components)) {
  known[name] = { attributes: component.allowedAttributes ?? {}, html: component.endingTag === true };
}

console.log(`# The elements of MJML ${version}: their attributes by type, and what they hold; html
# where the content is HTML or text. Written by \`node tests/peers/mjml_table.mjs\`,
# after \`npm ci --prefix tests/peers\`, from the npm package mjml:
# MIT License, Copyright (c) 2016 Mailjet SAS, https://mjml.io

version = ${quoted(version)}
colors = ${wrapped(colors)}

${Object.keys(known).sort().map((name) => element(name, known[name])).join("\n\n")}`);
