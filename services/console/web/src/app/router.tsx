/** Addresses to pages: the login stands alone, every other page inside the shell. */

import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet } from "@tanstack/react-router";
import { BASE } from "../lib/address/paths";
import { formatSearch, parseSearch, type Search } from "../lib/address/search";
import { NotFound } from "./NotFound";
import { PageFailed } from "./PageFailed";
import { PAGES } from "./pages";
import { Shell } from "./Shell";

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound });
const inside = createRoute({ getParentRoute: () => root, id: "inside", component: Shell });
const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  component: lazyRouteComponent(() => import("../pages/login/LoginPage")),
});
const pages = PAGES.map(({ path, load }) =>
  createRoute({ getParentRoute: () => inside, path, component: lazyRouteComponent(load) }),
);
const elsewhere = createRoute({ getParentRoute: () => inside, path: "$", component: NotFound });

export const router = createRouter({
  routeTree: root.addChildren([login, inside.addChildren([...pages, elsewhere])]),
  basepath: BASE,
  parseSearch: (text) => ({ ...parseSearch(text) }),
  stringifySearch: (search) => formatSearch(search as Search),
  defaultErrorComponent: PageFailed,
  scrollRestoration: true,
});
