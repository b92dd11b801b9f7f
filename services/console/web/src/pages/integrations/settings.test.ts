import { expect, test } from "vitest";
import { readSettings, settingsOf, textOf } from "./settings";

const SETTINGS = settingsOf({
  settings: {
    type: "object",
    required: ["host"],
    properties: {
      headers: { anyOf: [{ type: "object" }, { type: "null" }], default: null, title: "Headers", "x-order": 3 },
      host: { type: "string", title: "Host", "x-order": 0 },
      port: { type: "integer", default: 5432, title: "Port", "x-order": 1 },
      sslmode: { enum: ["disable", "require"], default: "require", title: "SSL mode", "x-order": 2 },
    },
  },
});

test("the settings of a schema are fields in their order", () => {
  expect(SETTINGS.map(({ name, kind, isRequired, usual }) => [name, kind, isRequired, usual])).toEqual([
    ["host", "text", true, ""],
    ["port", "whole number", false, "5432"],
    ["sslmode", "choice", false, "require"],
    ["headers", "json", false, ""],
  ]);
});

test("texts are sent as the values that they stand for, empty ones not at all, wrong ones as they are", () => {
  const texts = { host: " db.example ", port: "6432", sslmode: "", headers: '{"accept":"text/plain"}' };
  expect(readSettings(SETTINGS, texts)).toEqual({ host: "db.example", port: 6432, headers: { accept: "text/plain" } });
  expect(readSettings(SETTINGS, { port: "many", headers: "{" })).toEqual({ port: "many", headers: "{" });
});

test("a value's text leads back to it", () => {
  const values = { host: "db", port: 1, headers: { a: "1" } };
  const texts = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, textOf(value)]));
  expect(readSettings(SETTINGS, texts)).toEqual(values);
});
