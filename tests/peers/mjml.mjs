// npm's mjml, kept warm: a line of JSON in, the MJML of an e-mail; a line of JSON out.
import { createInterface } from "node:readline";
import mjml2html from "mjml";

for await (const line of createInterface({ input: process.stdin })) {
  const began = performance.now();
  const { html, errors } = await mjml2html(JSON.parse(line));
  const ms = performance.now() - began;
  console.log(JSON.stringify({ html, errors: errors.map((error) => error.formattedMessage), ms }));
}
