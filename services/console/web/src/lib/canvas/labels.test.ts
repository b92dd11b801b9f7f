import { describe, expect, it } from "vitest";
import { labelsOf } from "./labels";
import { TASK_SIZE } from "./layout";

const COMPLETED = ["completed"] as const;

describe("the words of links", () => {
  it("stand in the middle of the curve where that is free", () => {
    const positions = new Map([
      ["A", { x: 0, y: 0 }],
      ["B", { x: 400, y: 200 }],
    ]);
    expect(labelsOf([{ from: "A", to: "B", statuses: COMPLETED }], positions)).toEqual([{ x: 297, y: 142 }]);
  });

  it("give way to a task that the link goes behind", () => {
    const between = { x: 500, y: 0 };
    const positions = new Map([
      ["A", { x: 0, y: 0 }],
      ["Between", between],
      ["B", { x: 1000, y: 0 }],
    ]);
    const [at] = labelsOf([{ from: "A", to: "B", statuses: COMPLETED }], positions);
    expect(at?.x).toSatisfy((x: number) => x < between.x - 45 || x > between.x + TASK_SIZE.width + 45);
  });

  it("stand beside a curve of which all is taken", () => {
    const positions = new Map([
      ["A", { x: 0, y: 0 }],
      ["B", { x: 350, y: 0 }],
      ["C", { x: 700, y: 0 }],
    ]);
    const links = [
      { from: "A", to: "B", statuses: COMPLETED },
      { from: "B", to: "C", statuses: COMPLETED },
      { from: "A", to: "C", statuses: COMPLETED },
    ];
    expect(labelsOf(links, positions)[2]?.y).toBeLessThan(0);
  });

  it("give way to each other", () => {
    const positions = new Map([
      ["A", { x: 0, y: 0 }],
      ["B", { x: 0, y: 200 }],
      ["C", { x: 500, y: 200 }],
      ["D", { x: 500, y: 0 }],
    ]);
    const links = [
      { from: "A", to: "C", statuses: COMPLETED },
      { from: "B", to: "D", statuses: COMPLETED },
    ];
    const [one, other] = labelsOf(links, positions);
    expect(one).not.toEqual(other);
  });
});
