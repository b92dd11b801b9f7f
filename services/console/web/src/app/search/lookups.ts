/** Asks the API what a text names: all that could answer at once, and none's failure keeps another's answer back. */

import type { Schemas } from "../../api/client";
import { asProblem, type Problem } from "../../api/problem";
import { get } from "../../api/queries";
import { happenedMs } from "../../components/record/InteractionRecord";
import { isAddressable, paths } from "../../lib/address/paths";
import { classify, namedLike, type Question } from "../../lib/search/classify";
import { searchAround } from "../../lib/time/range";
import type { Changes } from "../../state/address";

/** A thing that was found, and the address of its page. */
export interface Hit {
  readonly kind: string;
  readonly name: string;
  readonly to: string;
  readonly search: Changes;
  /** Whether it is what people define, as a metric. */
  readonly isDefinition?: boolean;
}

export interface Found {
  readonly hits: readonly Hit[];
  /** What could not be asked. */
  readonly failures: readonly Problem[];
}

const ALL_TIME = { from: "all" } as const;
/** How many things of one kind are offered. */
const AT_MOST = 5;

/** The kinds of a record, or of what holds records: where a text is the id of one, no other thing has it. */
const RECORDS: ReadonlySet<string> = new Set(["Interaction", "Trace", "Session"]);

/**
 * Ask all at once whether they know a text. An event, and then a session, by its id is asked for once nothing else is a
 * record or a trace of that id: the API answers any other id with an error, which the browser would tell of.
 */
export async function lookUp(text: string, signal: AbortSignal): Promise<Found> {
  const questions = classify(text);
  const isLate = ({ about }: Question) => about === "event" || about === "session";
  let found = await askAll(
    questions.filter((question) => !isLate(question)),
    signal,
  );
  found = { ...found, hits: exactDefinitions(text, found.hits) };
  if (found.hits.some(({ kind }) => RECORDS.has(kind))) return found;
  for (const question of questions.filter(isLate)) {
    const next = await askAll([question], signal);
    found = { hits: [...found.hits, ...next.hits], failures: [...found.failures, ...next.failures] };
    if (next.hits.length > 0) break;
  }
  return found;
}

async function askAll(questions: readonly Question[], signal: AbortSignal): Promise<Found> {
  const answers = await Promise.allSettled(questions.map((question) => ask(question, signal)));
  signal.throwIfAborted();
  const hits = answers
    .flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []))
    .filter(({ to }) => isAddressable(to));
  return {
    hits: [...new Map(hits.map((hit) => [addressOf(hit), hit])).values()],
    failures: answers.flatMap((answer) => (answer.status === "rejected" ? [asProblem(answer.reason)] : [])),
  };
}

/** Leave out definitions of which a text is a part of the name where it is the whole name of another. */
function exactDefinitions(text: string, hits: readonly Hit[]): readonly Hit[] {
  const isExact = ({ name }: Hit) => name.toLowerCase() === text.trim().toLowerCase();
  const definitions = new Set(hits.filter(({ isDefinition }) => isDefinition));
  if (![...definitions].some(isExact)) return hits;
  return hits.filter((hit) => !definitions.has(hit) || isExact(hit));
}

/** Return what tells two hits apart: the page that they lead to. */
export function addressOf({ to, search }: Hit): string {
  const { from: _from, to: _to, ...own } = search;
  return `${to} ${JSON.stringify(own)}`;
}

function ask(question: Question, signal: AbortSignal): Promise<readonly Hit[]> {
  switch (question.about) {
    case "interaction":
      return interactions({ interactionId: question.id }, signal);
    case "number":
      return interactions({ interactionNumber: question.number }, signal);
    case "event":
      return eventOf(question.id, signal);
    case "trace":
      return traceOf(question.uowId, signal);
    case "resource":
      return resourceOf(question.type, question.id, signal);
    case "resource id":
      return resourcesOf(question.id, signal);
    case "user":
      return userOf(question.id, signal);
    case "session":
      return sessionOf(question.id, signal);
    case "critical interaction":
      return criticalInteractionsNamed(question.name, signal);
    case "SLO":
      return slosNamed(question.name, signal);
    case "alert rule":
      return alertRulesNamed(question.name, signal);
    case "integration":
      return integrationsNamed(question.name, signal);
    case "metric":
      return metricsNamed(question.name, signal);
    case "workflow":
      return workflowsNamed(question.name, signal);
  }
}

interface InteractionsQuery {
  readonly interactionId?: string;
  readonly interactionNumber?: number;
  readonly resourceType?: string;
  readonly resourceId?: string;
  readonly uowId?: string;
  readonly userId?: string;
}

async function firstInteraction(query: InteractionsQuery, signal: AbortSignal) {
  const { data } = await get("/api/interactions", { params: { query: { ...query, limit: 1 } } }, signal);
  return data[0];
}

async function firstEvent(query: { resource_id?: string; actor_id?: string }, signal: AbortSignal) {
  const { events } = await get("/api/v1/events", { params: { query: { ...query, limit: 1 } } }, signal);
  return events[0];
}

async function interactions(query: InteractionsQuery, signal: AbortSignal): Promise<readonly Hit[]> {
  const found = await firstInteraction(query, signal);
  if (found === undefined) return [];
  const search = searchAround(happenedMs(found));
  const name = `${found.interactionNumber}: ${found.actionMnemonic} ${found.resourceTypeMnemonic} ${found.resourceId}`;
  return [{ kind: "Interaction", name, to: paths.interaction(found.interactionId), search }];
}

async function eventOf(id: string, signal: AbortSignal): Promise<readonly Hit[]> {
  const found = await orNone(get("/api/v1/events/{event_id}", { params: { path: { event_id: id } } }, signal));
  return found === undefined ? [] : [eventHit(found)];
}

function eventHit(event: Schemas["EventOut"]): Hit {
  const search = searchAround(Date.parse(event.occurredAt));
  return { kind: "Event", name: event.eventType, to: paths.event(event.id), search };
}

/** A trace is there when a record names it; its first event may have the same id, and sessions may be part of it. */
async function traceOf(uowId: string, signal: AbortSignal): Promise<readonly Hit[]> {
  const path = { correlation_id: uowId };
  const [interaction, { events }, sessions] = await Promise.all([
    firstInteraction({ uowId }, signal),
    get("/api/v1/events/correlation/{correlation_id}", { params: { path, query: { limit: 1 } } }, signal),
    sessionsOf(uowId, signal),
  ]);
  const event = events[0];
  const atMs = interaction ? happenedMs(interaction) : event && Date.parse(event.occurredAt);
  if (atMs === undefined) return sessions.map(sessionHit);
  const search = searchAround(atMs);
  const trace = { kind: "Trace", name: uowId, to: paths.trace(uowId), search };
  return [trace, ...(event?.id === uowId ? [eventHit(event)] : []), ...sessions.map(sessionHit)];
}

/** A longer text is no unit of work, and refused as one. */
const LONGEST_UOW_ID = 200;

async function sessionsOf(uowId: string, signal: AbortSignal): Promise<readonly Session[]> {
  if (uowId.length > LONGEST_UOW_ID) return [];
  return (await get("/api/v1/workflow-sessions", { params: { query: { uowId, limit: AT_MOST } } }, signal)).data;
}

async function sessionOf(id: string, signal: AbortSignal): Promise<readonly Hit[]> {
  const found = await orNone(get("/api/v1/workflow-sessions/{id}", { params: { path: { id } } }, signal));
  return found === undefined ? [] : [sessionHit(found)];
}

interface Session {
  readonly sessionId: string;
  readonly workflow: string;
  readonly status: string;
}

function sessionHit({ sessionId, workflow, status }: Session): Hit {
  return { kind: "Session", name: `${workflow}, ${status}`, to: paths.session(sessionId), search: {} };
}

async function criticalInteractionsNamed(name: string, signal: AbortSignal): Promise<readonly Hit[]> {
  const { data } = await get("/v1/interactions", { params: { query: { page: 0, size: 500 } } }, signal);
  return namedLike(name, data.interactions, (one) => one.name)
    .slice(0, AT_MOST)
    .map((one) => definitionHit("Critical interaction", one.name, paths.criticalInteraction(one.name)));
}

/** A metric by its name, or by its id, of which a part would be chance. */
async function metricsNamed(name: string, signal: AbortSignal): Promise<readonly Hit[]> {
  const { data } = await get("/api/v1/behavioral-metrics", { params: { query: { limit: 100 } } }, signal);
  const byId = data.filter(({ id }) => id === name);
  return (byId.length > 0 ? byId : namedLike(name, data, (one) => one.name))
    .slice(0, AT_MOST)
    .map((one) => definitionHit("Metric", one.name, paths.metric(one.id)));
}

async function workflowsNamed(name: string, signal: AbortSignal): Promise<readonly Hit[]> {
  const { data } = await get("/api/v1/workflows", { params: { query: { search: name, limit: 50 } } }, signal);
  return namedLike(name, data, (one) => one.name)
    .slice(0, AT_MOST)
    .map((one) => definitionHit("Workflow", one.name, paths.workflow(one.name)));
}

async function slosNamed(name: string, signal: AbortSignal): Promise<readonly Hit[]> {
  const { data } = await get("/v1/slos", { params: { query: { page: 0, size: 500 } } }, signal);
  return namedLike(name, data.slos, (one) => one.name)
    .slice(0, AT_MOST)
    .map((one) => definitionHit("SLO", one.name, paths.criticalInteraction(one.interactionName), { tab: "slo" }));
}

async function alertRulesNamed(name: string, signal: AbortSignal): Promise<readonly Hit[]> {
  const { data } = await get("/v1/alert-rules", { params: { query: { page: 0, size: 500 } } }, signal);
  return namedLike(name, data.alertRules, (one) => one.name)
    .slice(0, AT_MOST)
    .map((one) => definitionHit("Alert rule", one.name, paths.alerts, { open: one.id }));
}

async function integrationsNamed(name: string, signal: AbortSignal): Promise<readonly Hit[]> {
  const { data } = await get("/api/v1/integrations", { params: { query: { search: name, limit: 50 } } }, signal);
  return namedLike(name, data, (one) => one.name)
    .slice(0, AT_MOST)
    .map((one) => definitionHit("Integration", one.name, "/integrations", { open: one.name }));
}

function definitionHit(kind: string, name: string, to: string, search: Changes = {}): Hit {
  return { kind, name, to, search, isDefinition: true };
}

async function resourceOf(type: string, id: string, signal: AbortSignal): Promise<readonly Hit[]> {
  const path = { resource_type: type, resource_id: id };
  const [interaction, events] = await Promise.all([
    firstInteraction({ resourceType: type, resourceId: id }, signal),
    orNone(
      get("/api/v1/events/resource/{resource_type}/{resource_id}", { params: { path, query: { limit: 1 } } }, signal),
    ),
  ]);
  const spelled = interaction?.resourceTypeMnemonic ?? events?.events[0]?.resourceType;
  return spelled === undefined ? [] : [resourceHit(spelled, id)];
}

async function resourcesOf(id: string, signal: AbortSignal): Promise<readonly Hit[]> {
  const [interaction, event] = await Promise.all([
    firstInteraction({ resourceId: id }, signal),
    firstEvent({ resource_id: id }, signal),
  ]);
  const types = [interaction?.resourceTypeMnemonic, event?.resourceType].filter((type) => type !== undefined);
  return types.map((type) => resourceHit(type, id));
}

function resourceHit(type: string, id: string): Hit {
  return { kind: "Resource", name: `${type} ${id}`, to: paths.resource(type, id), search: ALL_TIME };
}

async function userOf(id: string, signal: AbortSignal): Promise<readonly Hit[]> {
  const [interaction, event] = await Promise.all([
    firstInteraction({ userId: id }, signal),
    firstEvent({ actor_id: id }, signal),
  ]);
  const hits: Hit[] = [];
  if (interaction)
    hits.push({
      kind: "User",
      name: `interactions of ${id}`,
      to: "/interactions",
      search: { userId: id, ...ALL_TIME },
    });
  if (event) hits.push({ kind: "User", name: `events of ${id}`, to: "/events", search: { actor_id: id, ...ALL_TIME } });
  return hits;
}

/** Return undefined where the API answers that there is no such thing, or can be none. */
async function orNone<Data>(answer: Promise<Data>): Promise<Data | undefined> {
  try {
    return await answer;
  } catch (error) {
    const { status } = asProblem(error);
    if (status === 404 || status === 422) return undefined;
    throw error;
  }
}
