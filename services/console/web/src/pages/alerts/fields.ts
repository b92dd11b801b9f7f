/** The address of the alerts' page: the filters by the names that the API gives them. */

import { choice, integer, text, type Values } from "../../lib/address/fields";

export const FIELDS = {
  tab: choice("rules", "webhooks"),
  state: choice("", "FIRING", "PENDING", "SNOOZED", "NO_DATA", "OK"),
  interactionName: text(),
  page: integer(1),
  open: text(),
};

export type AlertsValues = Values<typeof FIELDS>;
