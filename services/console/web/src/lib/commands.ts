/** The commands that make the first thing of a kind, as the README has them. They name the key's variable, no key. */

const HEADERS = `-H "x-api-key: $WAYMARK_API_KEY" -H 'content-type: application/json'`;

export function recordInteraction(origin: string): string {
  return `curl -s ${origin}/api/interactions ${HEADERS} -d '{
  "resourceId": "order-456", "resourceType": "ORDER", "action": "CREATE", "origin": "WEBAPP",
  "interaction": {"total": 149.99, "currency": "USD", "items": 3},
  "externalReference": "stripe-pi-abc123"
}'`;
}

export function createSlo(origin: string, interactionName: string): string {
  const body = JSON.stringify({ name: `${interactionName} works`, interactionName, target: 0.999 });
  return `curl -s ${origin}/v1/slos ${HEADERS} -d '${body.replaceAll("'", "'\\''")}'`;
}

export function recordEvent(origin: string): string {
  return `curl -s ${origin}/api/v1/events ${HEADERS} -d '{
  "eventType": "order.shipped", "resourceType": "ORDER", "resourceId": "order-456",
  "correlationId": "delivery-1", "payload": {"carrier": "DHL"}}'`;
}

export function createMetric(origin: string): string {
  return `curl -s ${origin}/api/v1/behavioral-metrics ${HEADERS} -d '{
  "name": "orders_30d", "aggregateFunction": "count", "sourceField": "CREATE", "windowDays": 30,
  "filterConditions": {"field": "resourceType", "op": "eq", "value": "ORDER"}}'`;
}

export function registerSchema(origin: string): string {
  return `curl -s -X PUT ${origin}/api/v1/event-types/order.shipped/schema ${HEADERS} -d '{
  "type": "object", "properties": {"carrier": {"type": "string"}}, "required": ["carrier"]}'`;
}

export function createWorkflow(origin: string): string {
  return `curl -s ${origin}/api/v1/workflows ${HEADERS} -d '{"name": "order-paid", "tasks": {
  "Total": {"type": "run-code", "body": {
    "code": "def main(inputs):\\n    return sum(inputs[\\"prices\\"])",
    "inputs": {"prices": {"$blank": {"name": "prices", "type": "array"}}}}},
  "Large": {"type": "condition", "executeAfter": {"Total": ["completed"]},
    "body": {"expression": "tasks.Total.output.result > 100.0"}}}}'`;
}

/** Defining one takes a user's token: `$TOKEN`, as the README gets it. */
export function defineCriticalInteraction(origin: string, email: string): string {
  return `curl -s ${origin}/v1/interactions -H "authorization: Bearer $TOKEN" -H 'user-email: ${email}' \\
  -H 'content-type: application/json' -d '{
  "name": "Checkout", "thresholdInMs": 60000,
  "uptimeLowerLimitInMs": 200, "uptimeMidLimitInMs": 500, "uptimeUpperLimitInMs": 2000,
  "events": [{"name": "ORDER.CREATE"}, {"name": "payment.captured"}],
  "globalBlacklistedEvents": [{"name": "order.cancelled"}]}'`;
}

/** The request that runs a workflow, as a line of a POSIX shell. */
export function runWorkflow(url: string, body: unknown): string {
  return `curl -sS -X POST ${quoted(url)} ${HEADERS} -d ${quoted(JSON.stringify(body))}`;
}

/** Quote a text so that a shell takes it as it is. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
