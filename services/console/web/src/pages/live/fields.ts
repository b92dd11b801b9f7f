/** The filters of the live page, by the names that the two APIs give them. */

import { choice, text } from "../../lib/address/fields";

export const FIELDS = {
  kind: choice("all", "interactions", "events"),
  resourceType: text(),
  resourceId: text(),
  action: text(),
  origin: text(),
  userId: text(),
  uowId: text(),
  event_type: text(),
  actor_id: text(),
};

export const TEXT_FILTERS = {
  resourceType: "Resource type",
  resourceId: "Resource id",
  uowId: "Unit of work",
  action: "Action",
  origin: "Origin",
  userId: "User",
  event_type: "Event type",
  actor_id: "Actor",
} as const;
