/** The schema of an event type over the API. */

import type { GetPath } from "../../api/queries";

export const SCHEMA = "/api/v1/event-types/{eventType}/schema";
export const VERSIONS = "/api/v1/event-types/{eventType}/schema/versions";

/** The reads that show a schema. */
export const SCHEMA_READS: readonly GetPath[] = ["/api/v1/event-types", SCHEMA, VERSIONS];
