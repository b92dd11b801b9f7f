import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import type { Plugin } from "vite";

const SHRINKS = /^assets\/.*\.(js|css|svg|json)$/;
const CODINGS = { ".br": promisify(brotliCompress), ".gz": promisify(gzip) };

/** Leaves brotli and gzip beside each file that shrinks, for the server to choose from by `Accept-Encoding`. */
export function precompress(): Plugin {
  return {
    name: "precompress",
    apply: "build",
    async writeBundle({ dir = "dist" }, bundle) {
      const names = Object.keys(bundle).filter((name) => SHRINKS.test(name));
      await Promise.all(names.map((name) => pack(join(dir, name))));
    },
  };
}

async function pack(path: string): Promise<void> {
  const content = await readFile(path);
  for (const [suffix, packed] of Object.entries(CODINGS)) {
    const smaller = await packed(content);
    if (smaller.length < content.length) {
      await writeFile(path + suffix, smaller);
    }
  }
}
