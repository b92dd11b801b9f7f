// Validates the AsyncAPI document on standard input with the official parser; what it finds goes out as JSON.
import { Parser } from "@asyncapi/parser";
import { readFileSync } from "node:fs";

const { document, diagnostics } = await new Parser().parse(readFileSync(0, "utf8"));
const found = diagnostics.map(({ code, message, path, severity }) => ({ code, message, path: path.join("."), severity }));
const channels = document ? document.channels().all().map((channel) => channel.address()) : [];
process.stdout.write(JSON.stringify({ channels, diagnostics: found }));
