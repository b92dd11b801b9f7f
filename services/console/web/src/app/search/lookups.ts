/** Asks the API what a text names: all that could answer at once, and none's failure keeps another's answer back. */

import type { Schemas } from "../../api/client";
import { asProblem, type Problem } from "../../api/problem";
import { get } from "../../api/queries";
import { happenedMs } from "../../components/record/InteractionRecord";
import { paths } from "../../lib/address/paths";
import { classify, type Question } from "../../lib/search/classify";
import { searchAround } from "../../lib/time/range";
import type { Changes } from "../../state/address";

/** A thing that was found, and the address of its page. */
export interface Hit {
  readonly kind: string;
  readonly name: string;
  readonly to: string;
  readonly search: Changes;
}

export interface Found {
  readonly hits: readonly Hit[];
  /** What could not be asked. */
  readonly failures: readonly Problem[];
}

const ALL_TIME = { from: "all" } as const;

/**
 * Ask all at once whether they know a text. An event by its id is asked for once nothing else is a record or a trace of
 * that id: the API answers any other id with an error, which the browser would tell of.
 */
export async function lookUp(text: string, signal: AbortSignal): Promise<Found> {
  const questions = classify(text);
  const first = await askAll(
    questions.filter(({ about }) => about !== "event"),
    signal,
  );
  if (first.hits.some(({ kind }) => kind === "Interaction" || kind === "Trace")) return first;
  const events = await askAll(
    questions.filter(({ about }) => about === "event"),
    signal,
  );
  return { hits: [...first.hits, ...events.hits], failures: [...first.failures, ...events.failures] };
}

async function askAll(questions: readonly Question[], signal: AbortSignal): Promise<Found> {
  const answers = await Promise.allSettled(questions.map((question) => ask(question, signal)));
  signal.throwIfAborted();
  const hits = answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
  return {
    hits: [...new Map(hits.map((hit) => [addressOf(hit), hit])).values()],
    failures: answers.flatMap((answer) => (answer.status === "rejected" ? [asProblem(answer.reason)] : [])),
  };
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

/** A trace is there when a record names it; its first event may have the same id. */
async function traceOf(uowId: string, signal: AbortSignal): Promise<readonly Hit[]> {
  const path = { correlation_id: uowId };
  const [interaction, { events }] = await Promise.all([
    firstInteraction({ uowId }, signal),
    get("/api/v1/events/correlation/{correlation_id}", { params: { path, query: { limit: 1 } } }, signal),
  ]);
  const event = events[0];
  const atMs = interaction ? happenedMs(interaction) : event && Date.parse(event.occurredAt);
  if (atMs === undefined) return [];
  const search = searchAround(atMs);
  const trace = { kind: "Trace", name: uowId, to: paths.trace(uowId), search };
  return event?.id === uowId ? [trace, eventHit(event)] : [trace];
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
