import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Frame, sseReader } from "./sse";

const word = fc.stringMatching(/^[^\r\n\0]{1,8}$/);
const frames: fc.Arbitrary<Frame> = fc
  .record(
    {
      id: word,
      event: word,
      data: fc.array(word, { minLength: 1 }).map((lines) => lines.join("\n")),
      retryMs: fc.nat(),
    },
    { requiredKeys: [] },
  )
  .filter((frame) => Object.keys(frame).length > 0);

function written(frame: Frame, end: string): string {
  const lines = [
    ": a comment",
    ...(frame.retryMs === undefined ? [] : [`retry: ${frame.retryMs}`]),
    ...(frame.id === undefined ? [] : [`id: ${frame.id}`]),
    ...(frame.event === undefined ? [] : [`event: ${frame.event}`]),
    ...(frame.data ?? "")
      .split("\n")
      .filter(Boolean)
      .map((line) => `data: ${line}`),
    "",
    "",
  ];
  return lines.join(end);
}

describe("a stream of server-sent events", () => {
  it("has the same frames however its text is cut", () => {
    fc.assert(
      fc.property(
        fc.array(frames, { maxLength: 5 }),
        fc.constantFrom("\n", "\r\n"),
        fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
        (sent, end, lengths) => {
          const read = sseReader();
          const got: Frame[] = [];
          let text = sent.map((frame) => written(frame, end)).join("");
          while (text !== "") {
            const length = lengths.next().value as number;
            got.push(...read(text.slice(0, length)));
            text = text.slice(length);
          }
          expect(got).toEqual(sent);
        },
      ),
    );
  });

  it("says where it stands before anything happened", () => {
    expect(sseReader()("retry: 1000\nid: d2F5\n\n: ping\nid: d2F6\n\n")).toEqual([
      { retryMs: 1000, id: "d2F5" },
      { id: "d2F6" },
    ]);
  });

  it("has no frame that its end cut off", () => {
    expect(sseReader()('id: 1\ndata: {"a":')).toEqual([]);
  });
});
