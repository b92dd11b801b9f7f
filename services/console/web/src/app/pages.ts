/** The pages of the console, in the order of the links in `Main`. Each is loaded when it is first shown. */

import type { ComponentType } from "react";
import type { Role } from "../state/me";

export interface PageDefinition {
  /** A path below `/console`, as the router has it: `/traces/$uowId`. */
  readonly path: string;
  /** The text of its link in `Main`; absent for a page that others lead to. */
  readonly link?: string;
  /** Who may see it; anybody when absent. */
  readonly role?: Role;
  readonly load: () => Promise<{ readonly default: ComponentType }>;
}

export const PAGES: readonly PageDefinition[] = [
  { path: "/", link: "Overview", load: () => import("../pages/overview/OverviewPage") },
  { path: "/live", link: "Live", load: () => import("../pages/live/LivePage") },
  { path: "/interactions", link: "Interactions", load: () => import("../pages/interactions/InteractionsPage") },
  { path: "/interactions/$interactionId", load: () => import("../pages/interactions/InteractionPage") },
  { path: "/traces", link: "Traces", load: () => import("../pages/traces/TracesPage") },
  { path: "/traces/$uowId", load: () => import("../pages/traces/TracePage") },
  { path: "/origins", link: "Origins", load: () => import("../pages/origins/OriginsPage") },
  { path: "/activity", link: "Activity", load: () => import("../pages/activity/ActivityPage") },
  { path: "/resources/$type/$id", load: () => import("../pages/resource/ResourcePage") },
  { path: "/events", link: "Events", load: () => import("../pages/events/EventsPage") },
  { path: "/events/$eventId", load: () => import("../pages/events/EventPage") },
  {
    path: "/critical-interactions",
    link: "Critical interactions",
    load: () => import("../pages/critical/CriticalInteractionsPage"),
  },
  { path: "/critical-interactions/new", load: () => import("../pages/editor/NewPage") },
  { path: "/critical-interactions/$name", load: () => import("../pages/critical/CriticalInteractionPage") },
  { path: "/critical-interactions/$name/edit", load: () => import("../pages/editor/EditPage") },
  { path: "/alerts", link: "Alerts", load: () => import("../pages/alerts/AlertsPage") },
  { path: "/metrics", link: "Metrics", load: () => import("../pages/metrics/MetricsPage") },
  { path: "/metrics/$id", load: () => import("../pages/metrics/MetricPage") },
  { path: "/workflows", link: "Workflows", load: () => import("../pages/workflows/WorkflowsPage") },
  { path: "/workflows/$name", load: () => import("../pages/workflows/WorkflowPage") },
  { path: "/sessions/$id", load: () => import("../pages/session/SessionPage") },
  { path: "/integrations", link: "Integrations", load: () => import("../pages/integrations/IntegrationsPage") },
  { path: "/catalog", link: "Catalog", load: () => import("../pages/catalog/CatalogPage") },
  { path: "/keys", link: "API keys", role: "admin", load: () => import("../pages/keys/KeysPage") },
  { path: "/users", link: "Users", role: "admin", load: () => import("../pages/users/UsersPage") },
  { path: "/system", link: "System", load: () => import("../pages/system/SystemPage") },
  { path: "/settings", load: () => import("../pages/settings/SettingsPage") },
];
