// One call of each family by a client made from the document alone; what the answers say goes out as JSON.
import createClient from "openapi-fetch";
import type { paths } from "./schema.js";

const client = createClient<paths>({
  baseUrl: process.env.WAYMARK_URL!,
  headers: { "x-api-key": process.env.WAYMARK_API_KEY! },
});

function answered<T>(result: { data?: T; error?: unknown; response: Response }): T {
  if (result.data === undefined) throw new Error(`${result.response.status}: ${JSON.stringify(result.error)}`);
  return result.data;
}

const interaction = { resourceId: "ts-1", resourceType: "ORDER", action: "CREATE", origin: "WEBAPP" };
const posted = await client.POST("/api/interactions", { body: interaction });
const recorded = answered(posted);
const event = { eventType: "order.shipped", resourceType: "ORDER", resourceId: "ts-1", correlationId: recorded.uowId };
const postedEvent = await client.POST("/api/v1/events", { body: event });
answered(postedEvent);
const positions = [posted, postedEvent].map(({ response }) => response.headers.get("waymark-position"));
const header = { "Waymark-Min-Position": positions.join(",") };

const listed = answered(await client.GET("/api/interactions", { params: { query: { resourceId: "ts-1" }, header } }));
const events = answered(await client.GET("/api/v1/events", { params: { query: { resource_id: "ts-1" }, header } }));
const path = { uowId: recorded.uowId };
const trace = answered(await client.GET("/api/traces/{uowId}/summary", { params: { path, header } }));
const types = answered(await client.GET("/api/resource-types", { params: { query: { page: 1, mnemonic: "ORDER" } } }));
const keys = answered(await client.GET("/api/keys", { params: {} }));
const refused = await client.POST("/api/interactions", { body: { ...interaction, action: "CRATE" } });

process.stdout.write(
  JSON.stringify({
    recorded: recorded.resourceType,
    listed: [listed.data[0].resourceTypeMnemonic, listed.pagination.totalPages, listed.pagination.hasNext],
    events: [events.events[0].eventType, events.hasNext],
    trace: [trace.totalInteractions, trace.totalEvents],
    catalog: "data" in types ? types.data.map((type) => type.mnemonic) : [],
    accounts: keys.data.map((key) => key.label),
    refused: refused.error && "errors" in refused.error ? refused.error.errors?.map((each) => each.field) : [],
  }),
);
