/** Which part of the console may import which: pages know nothing of each other, rules nothing of React. */

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const SOURCES = dirname(fileURLToPath(import.meta.url));
const IMPORT = /(?:\bfrom |\bimport\s*\(?\s*)"([^"]+)"/g;

/** The parts that each part may import, besides itself. */
const LOWER: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  api: ["lib"],
  state: ["lib", "api"],
  components: ["lib", "api", "state"],
  pages: ["lib", "api", "state", "components"],
  app: ["lib", "api", "state", "components", "pages"],
};
/** All that rules may import from elsewhere. */
const LIBRARIES_OF_RULES = ["vitest", "fast-check"];

interface Import {
  readonly file: string;
  /** A path below `src`, or the name of a package. */
  readonly target: string;
  readonly isPackage: boolean;
}

const imports = readdirSync(SOURCES, { recursive: true, encoding: "utf8" })
  .filter((file) => /^[a-z]+\/.*\.tsx?$/.test(file))
  .flatMap((file): Import[] => {
    const text = readFileSync(join(SOURCES, file), "utf8");
    return [...text.matchAll(IMPORT)].map(([, name = ""]) => {
      const isPackage = !name.startsWith(".");
      return { file, isPackage, target: isPackage ? name : relative(SOURCES, join(SOURCES, dirname(file), name)) };
    });
  });

function partOf(path: string): string {
  return path.split("/")[0] ?? "";
}

function pageOf(path: string): string | undefined {
  return partOf(path) === "pages" ? path.split("/")[1] : undefined;
}

function shown({ file, target }: Import): string {
  return `${file} imports ${target}`;
}

it("finds the imports", () => {
  expect(imports.length).toBeGreaterThan(500);
});

it("lets no part import one above it", () => {
  const isAllowed = ({ file, target }: Import) =>
    partOf(file) === partOf(target) || LOWER[partOf(file)]?.includes(partOf(target));
  expect(imports.filter((one) => !one.isPackage && !isAllowed(one)).map(shown)).toEqual([]);
});

it("lets no page import another's", () => {
  const isOfAnother = ({ file, target }: Import) => {
    const [own, other] = [pageOf(file), pageOf(target)];
    return own !== undefined && other !== undefined && own !== other;
  };
  expect(imports.filter(isOfAnother).map(shown)).toEqual([]);
});

it("keeps rules free of React and of all other packages", () => {
  const isForeign = ({ file, target, isPackage }: Import) =>
    isPackage && partOf(file) === "lib" && !LIBRARIES_OF_RULES.includes(target);
  expect(imports.filter(isForeign).map(shown)).toEqual([]);
});
