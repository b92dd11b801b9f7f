import { describe, expect, it } from "vitest";
import { type LiveFilters, queriesOf } from "./queries";

const NONE: LiveFilters = {
  kind: "all",
  resourceType: "",
  resourceId: "",
  action: "",
  origin: "",
  userId: "",
  uowId: "",
  event_type: "",
  actor_id: "",
};

describe("the filters of the live page", () => {
  it("are all sent", () => {
    const of = { resourceType: "ORDER", resourceId: "1", uowId: "u" };
    const ofInteractions = { ...of, action: "CREATE", origin: "API", userId: "ann" };
    expect(queriesOf({ ...NONE, ...ofInteractions }).interactions).toEqual(ofInteractions);
    const ofEvents = { event_type: "order.shipped", actor_id: "bob" };
    expect(queriesOf({ ...NONE, ...of, ...ofEvents }).events).toEqual({
      resource_type: "ORDER",
      resource_id: "1",
      correlation_id: "u",
      ...ofEvents,
    });
  });

  it("ask each stream in its own names", () => {
    expect(queriesOf({ ...NONE, resourceType: "ORDER", resourceId: "1", uowId: "u" })).toEqual({
      interactions: { resourceType: "ORDER", resourceId: "1", uowId: "u" },
      events: { resource_type: "ORDER", resource_id: "1", correlation_id: "u" },
    });
  });

  it.each([
    [{ action: "CREATE" }, { interactions: { action: "CREATE" }, events: null }],
    [{ event_type: "order.shipped" }, { interactions: null, events: { event_type: "order.shipped" } }],
    [{ kind: "events" } as const, { interactions: null, events: {} }],
    [{ kind: "interactions" } as const, { interactions: {}, events: null }],
    [
      { userId: "ann", actor_id: "ann" },
      { interactions: null, events: null },
    ],
  ])("leave the stream out that knows nothing of %o", (filters, queries) => {
    expect(queriesOf({ ...NONE, ...filters })).toEqual(queries);
  });
});
